//! Bounds on how deeply a policy may nest. The engine parses, checks, and frees policies by recursion without a bound,
//! so that some kilobytes of brackets would end the whole program.

use cedar_policy_core::ast::{Expr, ExprKind};
use std::thread;

/// Bytes of one policy.
const MAX_TEXT: usize = 128 * 1024;
/// Brackets in brackets; parsing takes about 17 KB of stack for each.
const MAX_BRACKETS: usize = 200;
/// Operators in operators, where `a || b || c` is one in another; evaluation takes about 3 KB of stack for each, and
/// has to fit into that of any thread.
const MAX_OPERATORS: usize = 1000;
/// Enough for a text of MAX_TEXT that nests as deeply as it can within MAX_BRACKETS. Only what is used costs memory.
const STACK: usize = 128 * 1024 * 1024;

/// Runs `work` with enough stack for everything that the bounds let through.
pub fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| {
        let room = thread::Builder::new().name("policies".to_owned()).stack_size(STACK);
        let running =
            room.spawn_scoped(scope, work).map_err(|e| format!("no thread to read policies: {e}"))?;
        running.join().map_err(|_| "reading the policies failed inside of the engine".to_owned())
    })
}

/// The byte where brackets nest too deeply, outside of text and comments.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > MAX_BRACKETS {
                    return Some(at);
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// What is wrong with a text before it is parsed, and the byte where.
pub fn check_text(text: &str) -> Result<(), (String, usize)> {
    if text.len() > MAX_TEXT {
        return Err((format!("a policy of {} bytes is too long: at most {MAX_TEXT}", text.len()), 0));
    }
    match too_deep(text) {
        Some(at) => Err((format!("brackets nest deeper than {MAX_BRACKETS}"), at)),
        None => Ok(()),
    }
}

fn push_parts<'a>(expression: &'a Expr, depth: usize, open: &mut Vec<(&'a Expr, usize)>) {
    let mut push = |part: &'a Expr| open.push((part, depth));
    match expression.expr_kind() {
        ExprKind::Lit(_) | ExprKind::Var(_) | ExprKind::Slot(_) | ExprKind::Unknown(_) => {}
        ExprKind::If { test_expr, then_expr, else_expr } => {
            push(test_expr);
            push(then_expr);
            push(else_expr);
        }
        ExprKind::And { left, right } | ExprKind::Or { left, right } => {
            push(left);
            push(right);
        }
        ExprKind::BinaryApp { arg1, arg2, .. } => {
            push(arg1);
            push(arg2);
        }
        ExprKind::UnaryApp { arg: expr, .. }
        | ExprKind::GetAttr { expr, .. }
        | ExprKind::HasAttr { expr, .. }
        | ExprKind::ExtHasAttr { expr, .. }
        | ExprKind::Like { expr, .. }
        | ExprKind::Is { expr, .. } => push(expr),
        ExprKind::ExtensionFunctionApp { args, .. } => args.iter().for_each(push),
        ExprKind::Set(items) => items.iter().for_each(push),
        ExprKind::Record(fields) => fields.values().for_each(push),
    }
}

/// What is wrong with a parsed condition.
pub fn check_condition(condition: &Expr) -> Result<(), String> {
    let mut open = vec![(condition, 1usize)];
    while let Some((expression, depth)) = open.pop() {
        if depth > MAX_OPERATORS {
            return Err(format!(
                "operators nest deeper than {MAX_OPERATORS}: \
                 instead of a long chain of '||', ask whether something is in a set"
            ));
        }
        push_parts(expression, depth + 1, &mut open);
    }
    Ok(())
}
