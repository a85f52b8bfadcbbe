//! The types of vmcp_cedar.h, and the way from raw pointers to slices and back.

use std::ffi::c_void;

pub const NONE: u32 = u32::MAX;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    pub const NULL: Text = Text { data: std::ptr::null(), size: 0 };

    pub fn of(text: &str) -> Text {
        Text { data: text.as_ptr(), size: text.len() }
    }

    /// # Safety
    /// `data` and `size` name readable memory that nobody writes during `'a`.
    pub unsafe fn str<'a>(self) -> Result<&'a str, String> {
        std::str::from_utf8(slice(self.data, self.size)).map_err(|e| format!("text is not UTF-8: {e}"))
    }
}

/// # Safety
/// `data` and `count` name readable memory that nobody writes during `'a`; a null `data` counts as nothing.
pub unsafe fn slice<'a, T>(data: *const T, count: usize) -> &'a [T] {
    if data.is_null() || count == 0 {
        &[]
    } else {
        std::slice::from_raw_parts(data, count)
    }
}

pub const BOOLEAN: u8 = 0;
pub const LONG: u8 = 1;
pub const DECIMAL: u8 = 2;
pub const STRING: u8 = 3;
pub const SET: u8 = 4;
pub const RECORD: u8 = 5;

#[repr(C)]
pub struct Value {
    pub kind: u8,
    pub number: i64,
    pub text: Text,
    pub fields: *const Field,
    pub field_count: usize,
}

#[repr(C)]
pub struct Field {
    pub name: Text,
    pub value: Value,
}

#[repr(C)]
pub struct Uid {
    pub kind: Text,
    pub id: Text,
}

#[repr(C)]
pub struct Entity {
    pub uid: Uid,
    pub defined: u8,
    pub attributes: *const Field,
    pub attribute_count: usize,
    pub parents: *const Uid,
    pub parent_count: usize,
}

#[repr(C)]
pub struct Request {
    pub principal: *const Entity,
    pub action: *const Entity,
    pub resource: *const Entity,
    pub context: *const Field,
    pub context_count: usize,
    pub context_json: Text,
}

impl Request {
    /// Whether one of its entities is missing.
    pub fn has_null(&self, resource_too: bool) -> bool {
        self.principal.is_null() || self.action.is_null() || (resource_too && self.resource.is_null())
    }
}

#[repr(C)]
pub struct ProblemView {
    policy: u32,
    item: u32,
    line: u32,
    column: u32,
    message: Text,
}

#[repr(C)]
pub struct Answer {
    allowed: u8,
    reasons: *const u32,
    reason_count: usize,
    problems: *const ProblemView,
    problem_count: usize,
    owner: *mut c_void,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub policy: u32,
    pub item: u32,
    pub line: u32,
    pub column: u32,
    pub message: String,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Problem {
        Problem { policy: NONE, item: NONE, line: 0, column: 0, message: message.into() }
    }

    pub fn in_policy(policy: u32, message: impl Into<String>) -> Problem {
        Problem { policy, ..Problem::new(message) }
    }

    pub fn with_item(self, item: usize) -> Problem {
        Problem { item: u32::try_from(item).unwrap_or(NONE), ..self }
    }
}

/// What a call found, before it is shown to C.
#[derive(Default)]
pub struct Findings {
    pub allowed: bool,
    pub reasons: Vec<u32>,
    pub problems: Vec<Problem>,
}

impl From<Problem> for Findings {
    fn from(problem: Problem) -> Findings {
        Findings { problems: vec![problem], ..Findings::default() }
    }
}

/// Keeps alive what an `Answer` points to.
struct Owner {
    _findings: Findings,
    views: Vec<ProblemView>,
}

impl Answer {
    const EMPTY: Answer = Answer {
        allowed: 0,
        reasons: std::ptr::null(),
        reason_count: 0,
        problems: std::ptr::null(),
        problem_count: 0,
        owner: std::ptr::null_mut(),
    };

    /// Allows only without problems, whatever the findings say.
    pub fn from_findings(findings: Findings) -> Answer {
        let allowed = u8::from(findings.allowed && findings.problems.is_empty());
        if findings.reasons.is_empty() && findings.problems.is_empty() {
            return Answer { allowed, ..Answer::EMPTY };
        }
        let views = findings
            .problems
            .iter()
            .map(|p| ProblemView {
                policy: p.policy,
                item: p.item,
                line: p.line,
                column: p.column,
                message: Text::of(&p.message),
            })
            .collect();
        let (reasons, reason_count) = (findings.reasons.as_ptr(), findings.reasons.len());
        // Moving the vectors into the box leaves their elements where they are.
        let owner = Box::new(Owner { _findings: findings, views });
        Answer {
            allowed,
            reasons,
            reason_count,
            problems: owner.views.as_ptr(),
            problem_count: owner.views.len(),
            owner: Box::into_raw(owner).cast(),
        }
    }

    pub fn release(&mut self) {
        if !self.owner.is_null() {
            // SAFETY: only from_findings() sets `owner`, and the next line forgets it.
            drop(unsafe { Box::from_raw(self.owner.cast::<Owner>()) });
        }
        *self = Answer::EMPTY;
    }
}
