//! The Cedar policy engine behind a C ABI; vmcp_cedar.h says what each function does.
//!
//! No panic leaves this library, and whatever goes wrong is a denial with a problem that says why.

mod abi;
mod compile;
mod depth;
mod engine;
mod lint;
mod rules;
mod store;
mod types;

use abi::{slice, Answer, Entity, Findings, Problem, Request, Text};
use engine::Engine;
use std::any::Any;
use std::cell::RefCell;
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static PANICKED_AT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic goes into the answer, and not to the standard error of a program whose log has a form.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            let _ = PANICKED_AT.try_with(|at| at.try_borrow_mut().map(|mut at| *at = place));
        }));
    });
}

fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied();
    let text = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let place = PANICKED_AT.take();
    format!("the policy engine failed inside, at {place}: {}", text.unwrap_or("it did not say why"))
}

/// What `work` finds; a panic is a problem.
fn guarded(work: impl FnOnce() -> Findings) -> Findings {
    keep_panics_quiet();
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Problem::new(words(&*panic)).into())
}

/// What `work` returns on a thread with much stack; a panic is a problem.
fn in_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Problem> {
    let caught = || catch_unwind(AssertUnwindSafe(work)).map_err(|panic| Problem::new(words(&*panic)));
    depth::with_room(caught).map_err(Problem::new)?
}

/// # Safety
/// `answer` is null or names writable memory that holds no answer.
unsafe fn give(answer: *mut Answer, findings: Findings) {
    if !answer.is_null() {
        answer.write(Answer::from_findings(findings));
    }
}

unsafe fn texts<'a>(texts: &[Text]) -> Result<Vec<&'a str>, Problem> {
    let of = |(index, text): (u32, &Text)| text.str().map_err(|e| Problem::in_policy(index, e));
    (0u32..).zip(texts).map(of).collect()
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_compile(
    policies: *const Text,
    policy_count: usize,
    entities_json: Text,
    types: *const Text,
    type_count: usize,
    answer: *mut Answer,
) -> *mut Engine {
    let mut made = std::ptr::null_mut();
    let findings = guarded(|| {
        let read = || -> Result<(Vec<&str>, &str, Vec<&str>), Problem> {
            let entities = entities_json.str().map_err(|e| Problem::new(format!("entities: {e}")))?;
            Ok((texts(slice(policies, policy_count))?, entities, texts(slice(types, type_count))?))
        };
        let compiled = read().map_err(|problem| vec![problem]).and_then(|(policies, entities, types)| {
            in_room(|| Engine::compile(&policies, entities, &types))
                .unwrap_or_else(|problem| Err(vec![problem]))
        });
        match compiled {
            Ok(engine) => {
                made = Box::into_raw(Box::new(engine));
                Findings::default()
            }
            Err(problems) => Findings { problems, ..Findings::default() },
        }
    });
    give(answer, findings);
    made
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_destroy(engine: *mut Engine) {
    if !engine.is_null() {
        // A panic while freeing leaks, which is what is left to do.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(engine))));
    }
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_release(answer: *mut Answer) {
    if !answer.is_null() {
        let _ = catch_unwind(AssertUnwindSafe(|| (*answer).release()));
    }
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_decide(
    engine: *const Engine,
    request: *const Request,
    answer: *mut Answer,
) {
    let findings = guarded(|| match (engine.as_ref(), request.as_ref()) {
        (Some(engine), Some(request)) if !request.has_null(true) => engine.decide(request),
        _ => Problem::new("no engine, or no whole request").into(),
    });
    give(answer, findings);
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_decide_many(
    engine: *const Engine,
    request: *const Request,
    resources: *const Entity,
    resource_count: usize,
    verdicts: *mut u8,
    answer: *mut Answer,
) {
    if verdicts.is_null() {
        return give(answer, Problem::new("no place for verdicts").into());
    }
    std::ptr::write_bytes(verdicts, 0, resource_count);
    let findings = guarded(|| match (engine.as_ref(), request.as_ref()) {
        (Some(engine), Some(request)) if !request.has_null(false) => {
            let verdicts = std::slice::from_raw_parts_mut(verdicts, resource_count);
            engine.decide_many(request, slice(resources, resource_count), verdicts)
        }
        _ => Problem::new("no engine, or no whole request").into(),
    });
    give(answer, findings);
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_name(engine: *const Engine, names: u8, index: usize) -> Text {
    let list = engine.as_ref().and_then(|engine| match names {
        0 => Some(&engine.attributes),
        1 => Some(&engine.entity_types),
        _ => None,
    });
    list.and_then(|list| list.get(index)).map_or(Text::NULL, |name| Text::of(name))
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_sees_all(engine: *const Engine) -> u8 {
    engine.as_ref().map_or(1, |engine| u8::from(engine.sees_all))
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_lint(engine: *const Engine, schema: Text, answer: *mut Answer) {
    let findings = guarded(|| match (engine.as_ref(), schema.str()) {
        (Some(engine), Ok(schema)) => in_room(|| lint::lint(engine, schema)).unwrap_or_else(Findings::from),
        (_, Err(error)) => Problem::new(format!("schema: {error}")).into(),
        (None, _) => Problem::new("no engine").into(),
    });
    give(answer, findings);
}

/// # Safety
/// See vmcp_cedar.h.
#[no_mangle]
pub unsafe extern "C" fn vmcp_cedar_panic(answer: *mut Answer) {
    // In the middle of an allow.
    give(answer, guarded(|| panic!("asked to")));
}
