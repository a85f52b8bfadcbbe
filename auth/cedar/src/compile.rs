//! From texts to an engine, with the place of everything that is wrong.

use crate::abi::{Problem, NONE};
use crate::depth;
use cedar_policy_core::ast::{PolicyID, PolicySet, StaticPolicy};
use cedar_policy_core::entities::{Entities, EntityJsonParser, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::parser::{self, err::ParseErrors};
use miette::Diagnostic;
use serde_json::{value::RawValue, Value};

/// Problems of one policy; a text that is no Cedar at all has one at every other word.
const MAX_PER_POLICY: usize = 5;

pub fn id_of(index: usize) -> PolicyID {
    PolicyID::from_string(format!("policy{index}"))
}

/// The index in an id made by `id_of`.
pub fn index_of(id: &PolicyID) -> u32 {
    let text: &str = id.as_ref();
    text.strip_prefix("policy").and_then(|digits| digits.parse().ok()).unwrap_or(NONE)
}

/// Line and column, counted from 1, of a byte of `text`; columns in characters.
fn place(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// A problem of the policy, at the first place that Cedar points to.
pub fn problem_with(policy: u32, text: &str, diagnostic: &dyn Diagnostic, message: String) -> Problem {
    let mut problem = Problem::in_policy(policy, message);
    if let Some(label) = diagnostic.labels().and_then(|mut labels| labels.next()) {
        (problem.line, problem.column) = place(text, label.offset());
    }
    problem
}

/// A problem of the policy with all that Cedar says about it.
pub fn problem_at(policy: u32, text: &str, diagnostic: &dyn Diagnostic) -> Problem {
    let mut message = diagnostic.to_string();
    let label = diagnostic.labels().and_then(|mut labels| labels.next());
    if let Some(hint) = label.as_ref().and_then(|label| label.label()) {
        message.push_str(&format!(": {hint}"));
    }
    if let Some(help) = diagnostic.help() {
        message.push_str(&format!(" ({help})"));
    }
    problem_with(policy, text, diagnostic, message)
}

/// When the text holds several policies or none, that is what to say of it, and not where the grammar gave up.
fn wrong_count(policy: u32, text: &str) -> Option<Problem> {
    let set = parser::parse_policyset(text).ok()?;
    let mut starts: Vec<usize> =
        set.all_templates().filter_map(|template| template.loc().map(|loc| loc.start())).collect();
    starts.sort_unstable();
    match starts.len() {
        0 => Some(Problem::in_policy(policy, "there is no policy in this text")),
        1 => None,
        count => {
            let (line, column) = place(text, starts[1]);
            let message = format!(
                "this text holds {count} policies, and each entry may hold one: \
                 make the second an entry of its own"
            );
            Some(Problem { line, column, ..Problem::in_policy(policy, message) })
        }
    }
}

fn parse(policy: u32, text: &str) -> Result<StaticPolicy, Vec<Problem>> {
    depth::check_text(text).map_err(|(message, at)| {
        let (line, column) = place(text, at);
        vec![Problem { line, column, ..Problem::in_policy(policy, message) }]
    })?;
    let parsed =
        parser::parse_policy(Some(id_of(policy as usize)), text).map_err(|errors: ParseErrors| {
            if let Some(problem) = wrong_count(policy, text) {
                return vec![problem];
            }
            errors.iter().take(MAX_PER_POLICY).map(|error| problem_at(policy, text, error)).collect()
        })?;
    depth::check_condition(&parsed.condition())
        .map_err(|message| vec![Problem::in_policy(policy, message)])?;
    Ok(parsed)
}

/// The policies as `policy0`, `policy1`, and so on, or all that is wrong with them.
pub fn policies(texts: &[&str]) -> Result<PolicySet, Vec<Problem>> {
    let mut set = PolicySet::new();
    let mut problems = Vec::new();
    for (index, text) in (0u32..).zip(texts) {
        match parse(index, text) {
            Ok(policy) => {
                if let Err(error) = set.add_static(policy) {
                    problems.push(Problem::in_policy(index, error.to_string()));
                }
            }
            Err(found) => problems.extend(found),
        }
    }
    if texts.is_empty() {
        problems.push(Problem::new("there are no policies: at least one is needed"));
    }
    if problems.is_empty() {
        Ok(set)
    } else {
        Err(problems)
    }
}

/// Other implementations of Cedar let `attrs` and `parents` be left out: adds them, without a change of what is there,
/// so that the parser still sees members that are there twice.
fn completed(json: &str) -> Result<String, serde_json::Error> {
    let items: Vec<&RawValue> = serde_json::from_str(json)?;
    let mut out = String::from("[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let raw = item.get();
        match serde_json::from_str(raw) {
            Ok(Value::Object(members)) if !members.is_empty() => {
                out.push('{');
                for (name, empty) in [("attrs", "{}"), ("parents", "[]")] {
                    if !members.contains_key(name) {
                        out.push_str(&format!("\"{name}\":{empty},"));
                    }
                }
                out.push_str(&raw[1..]);
            }
            _ => out.push_str(raw),
        }
    }
    out.push(']');
    Ok(out)
}

/// The first number that is no 64-bit integer: of those, Cedar's parser says only that something did not match.
fn odd_number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if number.as_i64().is_none() => Some(number.to_string()),
        Value::Array(items) => items.iter().find_map(odd_number),
        Value::Object(members) => members.values().find_map(odd_number),
        _ => None,
    }
}

const ABOUT_NUMBERS: &str =
    r#"numbers are 64-bit integers, decimals are {"__extn":{"fn":"decimal","arg":"1.5"}}: "#;

fn entities_problem(json: &str, error: &dyn std::error::Error) -> Problem {
    let mut message = format!("entities: {}", with_causes(error));
    let number = serde_json::from_str(json).ok().and_then(|value: Value| odd_number(&value));
    if let Some(number) = number {
        message.push_str(&format!(" ({ABOUT_NUMBERS}{number})"));
    }
    Problem::new(message)
}

/// The entities with everything that each is below.
pub fn entities(json: &str) -> Result<Entities, Problem> {
    if json.trim().is_empty() {
        return Ok(Entities::new());
    }
    let json = completed(json).map_err(|e| Problem {
        line: u32::try_from(e.line()).unwrap_or(0),
        column: u32::try_from(e.column()).unwrap_or(0),
        ..Problem::new(format!("entities: {e}"))
    })?;
    EntityJsonParser::new(None::<&NoEntitiesSchema>, Extensions::all_available(), TCComputation::ComputeNow)
        .from_json_str(&json)
        .map_err(|e| entities_problem(&json, &e))
}

/// An error with what caused it, each once.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}
