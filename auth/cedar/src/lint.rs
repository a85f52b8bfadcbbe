//! Policies against a schema: what they say that cannot happen in its world.

use crate::abi::{Findings, Problem};
use crate::compile::{index_of, problem_at, with_causes};
use crate::engine::Engine;
use cedar_policy_core::ast::{EntityType, PolicyID};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::validation_errors::AttributeAccess;
use cedar_policy_core::validator::{
    ValidationError, ValidationMode, ValidationWarning, Validator, ValidatorSchema,
};
use miette::Diagnostic;

/// Warnings of one call; whoever has more has enough to do.
const MAX_WARNINGS: usize = 100;

/// The policy of an error that the schema knows enough to be right about. It knows the names of attributes, but the
/// types of claims and arguments are guesses, and so whatever follows from a type is left out.
fn certain(error: &ValidationError) -> Option<&PolicyID> {
    match error {
        ValidationError::UnrecognizedEntityType(e) => Some(&e.policy_id),
        ValidationError::UnrecognizedActionId(e) => Some(&e.policy_id),
        // Attributes of actions, and of claims that are records, are in no schema.
        ValidationError::UnsafeAttributeAccess(e) => match &e.attribute_access {
            AttributeAccess::EntityLUB(of, _)
                if of.get_single_entity().is_some_and(EntityType::is_action) =>
            {
                None
            }
            AttributeAccess::EntityLUB(..) | AttributeAccess::Context(..) => Some(&e.policy_id),
            AttributeAccess::Other(_) => None,
        },
        ValidationError::UnsafeOptionalAttributeAccess(e) => Some(&e.policy_id),
        _ => None,
    }
}

/// The policy that can never apply.
fn idle(warning: &ValidationWarning) -> Option<&PolicyID> {
    match warning {
        ValidationWarning::ImpossiblePolicy(w) => Some(&w.policy_id),
        ValidationWarning::InvalidActionApplication(w) => Some(&w.policy_id),
        _ => None,
    }
}

fn problem(engine: &Engine, id: &PolicyID, diagnostic: &dyn Diagnostic) -> Problem {
    let policy = index_of(id);
    let mut made =
        problem_at(policy, engine.texts.get(policy as usize).map_or("", String::as_str), diagnostic);
    // The problem names its policy already.
    if let Some(rest) = made.message.strip_prefix(&format!("for policy `{id}`, ")) {
        made.message = rest.to_owned();
    }
    made
}

pub fn lint(engine: &Engine, schema: &str) -> Findings {
    let schema = match ValidatorSchema::from_cedarschema_str(schema, Extensions::all_available()) {
        Ok((schema, _)) => schema,
        Err(error) => return Problem::new(format!("schema: {}", with_causes(&error))).into(),
    };
    let result = Validator::new(schema).validate(&engine.policies, ValidationMode::Strict);
    let mut problems: Vec<Problem> =
        result.validation_errors().filter_map(|e| certain(e).map(|id| problem(engine, id, e))).collect();
    // That a policy never applies follows from what is wrong with it, and is said of those alone that seem right.
    for warning in result.validation_warnings() {
        let made = idle(warning).map(|id| problem(engine, id, warning));
        problems.extend(made.filter(|made| problems.iter().all(|other| other.policy != made.policy)));
    }
    problems.sort_by(|a, b| {
        (a.policy, a.line, a.column, &a.message).cmp(&(b.policy, b.line, b.column, &b.message))
    });
    problems.dedup();
    problems.truncate(MAX_WARNINGS);
    Findings { problems, ..Findings::default() }
}
