//! Compiled policies and entities, and decisions on requests.

use crate::abi::{self, Findings, Problem};
use crate::compile::{self, with_causes};
use crate::rules::{self, rules_of, Rule};
use crate::store::Store;
use crate::types::{record, Given, Types};
use cedar_policy_core::ast::{Context, EntityUIDEntry, Expr, ExprKind, PolicySet, Request, Var};
use cedar_policy_core::entities::Entities;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Problems that a decision on many resources keeps.
const MAX_PROBLEMS: usize = 16;

pub struct Engine {
    pub policies: PolicySet,
    /// The source of each policy, for places in it.
    pub texts: Vec<String>,
    store: Store,
    types: Types,
    rules: Vec<Rule>,
    pub attributes: Vec<String>,
    pub entity_types: Vec<String>,
    pub sees_all: bool,
}

/// The names of attributes in `expression`, and whether the context stands anywhere but before a name.
fn attributes(expression: &Expr, names: &mut BTreeSet<String>) -> bool {
    let is_context = |part: &Expr| matches!(part.expr_kind(), ExprKind::Var(Var::Context));
    let (mut uses, mut named) = (0usize, 0usize);
    for part in expression.subexpressions() {
        match part.expr_kind() {
            ExprKind::GetAttr { expr, attr } | ExprKind::HasAttr { expr, attr } => {
                names.insert(attr.to_string());
                named += usize::from(is_context(expr));
            }
            ExprKind::ExtHasAttr { expr, attrs } => {
                names.extend(attrs.iter().map(ToString::to_string));
                named += usize::from(is_context(expr));
            }
            ExprKind::Var(Var::Context) => uses += 1,
            _ => {}
        }
    }
    uses != named
}

impl Engine {
    pub fn compile(texts: &[&str], entities: &str, types: &[&str]) -> Result<Engine, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut known = Types::new();
        problems.extend(types.iter().filter_map(|name| known.add(name).err()).map(Problem::new));
        let policies = compile::policies(texts).map_err(|found| problems.extend(found));
        let entities = compile::entities(entities).map_err(|found| problems.push(found));
        match (policies, entities) {
            (Ok(policies), Ok(entities)) if problems.is_empty() => {
                Engine::new(policies, texts, entities, known).map_err(|e| vec![Problem::new(e)])
            }
            _ => Err(problems),
        }
    }

    fn new(policies: PolicySet, texts: &[&str], entities: Entities, types: Types) -> Result<Engine, String> {
        let mut names = BTreeSet::new();
        let mut sees_all = false;
        for policy in policies.policies() {
            sees_all |= attributes(&policy.condition(), &mut names);
        }
        let store = Store::new(entities, &policies)?;
        let rules = rules_of(&policies);
        let entity_types: BTreeSet<String> = store.types().collect();
        Ok(Engine {
            policies,
            texts: texts.iter().map(ToString::to_string).collect(),
            store,
            types,
            rules,
            attributes: names.into_iter().collect(),
            entity_types: entity_types.into_iter().collect(),
            sees_all,
        })
    }

    /// # Safety
    /// Everything that `request` points to is readable, and none of its three entities is null.
    pub unsafe fn decide(&self, request: &abi::Request) -> Findings {
        self.decision(request).unwrap_or_else(|error| Problem::new(error).into())
    }

    unsafe fn decision(&self, request: &abi::Request) -> Result<Findings, String> {
        let given = [
            self.types.entity(&*request.principal)?,
            self.types.entity(&*request.action)?,
            self.types.entity(&*request.resource)?,
        ];
        let (context, plain) = context(request)?;
        let given = [&given[0], &given[1], &given[2]];
        let entities = self.store.with(&given, plain)?;
        Ok(self.ask(&self.rules, true, request_on(given, context), &entities))
    }

    fn ask<'a>(
        &self,
        rules: impl IntoIterator<Item = &'a Rule>,
        who: bool,
        request: Request,
        entities: &Entities,
    ) -> Findings {
        rules::decide(rules, who, &self.policies, &self.texts, request, entities)
    }

    /// # Safety
    /// As `decide`, but the request's resource is not looked at; everything that `resources` point to is readable.
    pub unsafe fn decide_many(
        &self,
        request: &abi::Request,
        resources: &[abi::Entity],
        verdicts: &mut [u8],
    ) -> Findings {
        self.decisions(request, resources, verdicts).unwrap_or_else(|error| {
            verdicts.fill(0);
            Problem::new(error).into()
        })
    }

    unsafe fn decisions(
        &self,
        request: &abi::Request,
        resources: &[abi::Entity],
        verdicts: &mut [u8],
    ) -> Result<Findings, String> {
        let principal = self.types.entity(&*request.principal)?;
        let action = self.types.entity(&*request.action)?;
        let (context, plain) = context(request)?;
        let given = [&principal, &action];
        let base = if plain { self.store.without_resource(&given)? } else { None };
        let quick = base.and_then(|base| {
            let request = request_on([&principal, &action, &action], context.clone());
            let fitting = rules::fitting(&self.rules, request, &base)?;
            Some(Quick { base, fitting })
        });
        let many = Many { given, context, plain, quick };
        let mut found = Findings { allowed: true, ..Findings::default() };
        for (index, (resource, verdict)) in resources.iter().zip(verdicts).enumerate() {
            let mut one =
                self.one_of_many(&many, resource).unwrap_or_else(|error| Problem::new(error).into());
            one.allowed &= one.problems.is_empty();
            *verdict = u8::from(one.allowed);
            found.allowed &= one.allowed;
            let room = MAX_PROBLEMS - found.problems.len();
            found.problems.extend(one.problems.drain(..).take(room).map(|problem| problem.with_item(index)));
        }
        Ok(found)
    }

    unsafe fn one_of_many(&self, many: &Many<'_>, resource: &abi::Entity) -> Result<Findings, String> {
        let resource = self.types.entity(resource)?;
        let [principal, action] = many.given;
        let given = [principal, action, &resource];
        if let Some(quick) = &many.quick {
            if let Some(entities) = self.store.with_resource(&quick.base, &many.given, &resource)? {
                let request = request_on(given, many.context.clone());
                return Ok(self.ask(quick.fitting.iter().copied(), false, request, &entities));
            }
        }
        let entities = self.store.with(&given, many.plain)?;
        Ok(self.ask(&self.rules, true, request_on(given, many.context.clone()), &entities))
    }
}

/// What is the same for all resources of a call.
struct Many<'a> {
    given: [&'a Given; 2],
    context: Context,
    plain: bool,
    quick: Option<Quick<'a>>,
}

/// What spares work for resources that change nothing but themselves.
struct Quick<'a> {
    /// The entities without the resource.
    base: Entities,
    /// The rules whose scope fits principal and action.
    fitting: Vec<&'a Rule>,
}

fn request_on(given: [&Given; 3], context: Context) -> Request {
    let [principal, action, resource] = given.map(|g| EntityUIDEntry::known(g.uid.clone(), None));
    Request::new_unchecked(principal, action, resource, Some(context))
}

/// The context, and whether it can refer to no entity.
unsafe fn context(request: &abi::Request) -> Result<(Context, bool), String> {
    let json = request.context_json.str()?;
    if json.is_empty() {
        let made = record(abi::slice(request.context, request.context_count), 0)
            .map_err(|e| format!("context: {e}"))?;
        return Ok((Context::Value(Arc::new(made)), true));
    }
    let made = Context::from_json_str(json).map_err(|e| format!("context: {}", with_causes(&e)))?;
    Ok((made, false))
}
