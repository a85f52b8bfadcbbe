//! The policies in the form in which they are evaluated, and what their values mean together.

use crate::abi::{Findings, Problem};
use crate::compile::{id_of, index_of, problem_with};
use cedar_policy_core::ast::{
    ActionConstraint, Effect, Expr, Literal, Policy, PolicySet, PrincipalOrResourceConstraint, Request,
    SlotEnv, Value, ValueKind,
};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::est;
use cedar_policy_core::evaluator::{EvaluationError, Evaluator};
use cedar_policy_core::extensions::Extensions;

/// One policy: it applies when all of its parts are true, of which the first that is not ends it. That is the meaning
/// of the conjunction that Cedar would put together anew for each decision.
pub struct Rule {
    policy: u32,
    effect: Effect,
    /// What the scope demands of principal and action.
    who: Vec<Expr>,
    /// What the scope demands of the resource, and the conditions.
    what: Vec<Expr>,
}

/// The same policy without places in its text, whose counting costs more than evaluation. When a decision has to say
/// where something is wrong, the policy with places is asked again.
fn without_places(policy: &Policy) -> Option<Policy> {
    est::Policy::from(policy.clone()).try_into_ast_policy(Some(policy.id().clone())).ok()
}

fn rule(policy: &Policy) -> Rule {
    let plain = without_places(policy);
    let policy = plain.as_ref().unwrap_or(policy);
    let (mut who, mut what) = (Vec::new(), Vec::new());
    let template = policy.template();
    if template.principal_constraint().as_inner() != &PrincipalOrResourceConstraint::Any {
        who.push(template.principal_constraint().as_expr());
    }
    if template.action_constraint() != &ActionConstraint::Any {
        who.push(template.action_constraint().as_expr());
    }
    if template.resource_constraint().as_inner() != &PrincipalOrResourceConstraint::Any {
        what.push(template.resource_constraint().as_expr());
    }
    what.extend(template.non_scope_constraints().cloned());
    Rule { policy: index_of(policy.id()), effect: policy.effect(), who, what }
}

/// In the order of the policies.
pub fn rules_of(policies: &PolicySet) -> Vec<Rule> {
    let mut rules: Vec<Rule> = policies.policies().map(rule).collect();
    rules.sort_by_key(|rule| rule.policy);
    rules
}

fn all_true(evaluator: &Evaluator<'_>, parts: &[Expr]) -> Result<bool, EvaluationError> {
    let no_slots = SlotEnv::new();
    for part in parts {
        match evaluator.interpret(part, &no_slots)? {
            Value { value: ValueKind::Lit(Literal::Bool(true)), .. } => {}
            Value { value: ValueKind::Lit(Literal::Bool(false)), .. } => return Ok(false),
            // No boolean: lets Cedar say so in its own words.
            _ => {
                return evaluator
                    .interpret(&Expr::and(part.clone(), Expr::val(true)), &no_slots)
                    .map(|_| false)
            }
        }
    }
    Ok(true)
}

/// The rules whose scope fits principal and action of a request: the others have no part in the decision. Nothing when
/// a scope cannot be evaluated, which Cedar's grammar leaves no way for.
pub fn fitting<'a>(rules: &'a [Rule], request: Request, entities: &Entities) -> Option<Vec<&'a Rule>> {
    let evaluator = Evaluator::new(request, entities, Extensions::all_available());
    let mut found = Vec::new();
    for rule in rules {
        if all_true(&evaluator, &rule.who).ok()? {
            found.push(rule);
        }
    }
    Some(found)
}

/// Decides as Cedar does: a satisfied forbid denies, else a satisfied permit allows, else it is denied; a policy with
/// an error counts as not satisfied (but Findings with problems never allow). `who` says whether the scopes are still
/// to be looked at.
pub fn decide<'a>(
    rules: impl IntoIterator<Item = &'a Rule>,
    who: bool,
    policies: &PolicySet,
    texts: &[String],
    request: Request,
    entities: &Entities,
) -> Findings {
    let evaluator = Evaluator::new(request, entities, Extensions::all_available());
    let (mut permits, mut forbids, mut problems) = (Vec::new(), Vec::new(), Vec::<Problem>::new());
    for rule in rules {
        let fits = if who { all_true(&evaluator, &rule.who) } else { Ok(true) };
        match fits.and_then(|fits| if fits { all_true(&evaluator, &rule.what) } else { Ok(false) }) {
            Ok(true) => match rule.effect {
                Effect::Permit => permits.push(rule.policy),
                Effect::Forbid => forbids.push(rule.policy),
            },
            Ok(false) => {}
            Err(error) => problems.push(placed(&evaluator, rule.policy, error, policies, texts)),
        }
    }
    let allowed = forbids.is_empty() && !permits.is_empty();
    Findings { allowed, reasons: if forbids.is_empty() { permits } else { forbids }, problems }
}

/// What to say of an error: nothing that holds values of claims or arguments, because it may go into a log; and not
/// Cedar's list of what attributes there are, because a request holds those alone that policies name.
fn words(error: &EvaluationError) -> String {
    match error {
        EvaluationError::IntegerOverflow(_) => "integer overflow".to_owned(),
        EvaluationError::FailedExtensionFunctionExecution(e) => {
            format!("the extension `{}` refuses a value", e.extension_name())
        }
        other => other.to_string(),
    }
}

fn placed(
    evaluator: &Evaluator<'_>,
    policy: u32,
    error: EvaluationError,
    policies: &PolicySet,
    texts: &[String],
) -> Problem {
    let again = policies.get(&id_of(policy as usize)).and_then(|p| evaluator.evaluate(p).err());
    let error = again.unwrap_or(error);
    let text = texts.get(policy as usize).map_or("", String::as_str);
    problem_with(policy, text, &error, words(&error))
}
