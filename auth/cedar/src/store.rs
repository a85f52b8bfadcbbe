//! The entities that a decision sees: those of the configuration, with the three of the request laid over them.
//!
//! Building that store anew for each decision would cost time for every entity of the configuration. But an entity
//! can be reached only from a literal in a policy, from an attribute of an entity that is reached, and from the
//! request, whose entities refer to others as parents only. So a decision gets the few entities that the policies
//! can reach, with their ancestors, and the request's.

use crate::types::Given;
use cedar_policy_core::ast::{Entity, EntityUID, Expr, ExprKind, Literal, PartialValue, PolicySet};
use cedar_policy_core::entities::{Dereference, Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use std::collections::HashSet;
use std::sync::Arc;

pub struct Store {
    /// All entities of the configuration.
    all: Entities,
    /// Those that policies can reach.
    reached: Entities,
    /// The reached ones and their ancestors: a request's entity that is none of them changes nothing among them.
    near: HashSet<EntityUID>,
}

fn deref<'a>(entities: &'a Entities, uid: &EntityUID) -> Option<&'a Entity> {
    match entities.entity(uid) {
        Dereference::Data(found) => Some(found),
        _ => None,
    }
}

fn add(to: Entities, entities: Vec<Arc<Entity>>, closure: TCComputation) -> Result<Entities, String> {
    to.upsert_entities(entities, None::<&NoEntitiesSchema>, closure, Extensions::all_available())
        .map_err(|e| e.to_string())
}

fn literals(expression: &Expr, found: &mut Vec<EntityUID>) {
    for part in expression.subexpressions() {
        if let ExprKind::Lit(Literal::EntityUID(uid)) = part.expr_kind() {
            found.push(EntityUID::clone(uid));
        }
    }
}

fn literals_of(value: &PartialValue, found: &mut Vec<EntityUID>) {
    match value {
        PartialValue::Value(value) => found.extend(value.all_literal_uids()),
        PartialValue::Residual(expression) => literals(expression, found),
    }
}

impl Store {
    /// `all` is transitively closed.
    pub fn new(all: Entities, policies: &PolicySet) -> Result<Store, String> {
        let mut open = Vec::new();
        for policy in policies.policies() {
            literals(&policy.condition(), &mut open);
        }
        let mut seen = HashSet::new();
        let mut reached = Vec::new();
        let mut near = HashSet::new();
        while let Some(uid) = open.pop() {
            let Some(entity) = deref(&all, &uid) else { continue };
            if !seen.insert(uid.clone()) {
                continue;
            }
            for (_, value) in entity.attrs().chain(entity.tags()) {
                literals_of(value, &mut open);
            }
            near.extend(entity.ancestors().cloned());
            near.insert(uid);
            reached.push(Arc::new(entity.clone()));
        }
        let reached = add(Entities::new(), reached, TCComputation::AssumeAlreadyComputed)?;
        Ok(Store { all, reached, near })
    }

    /// The types of the configuration's entities, and of what these are said to be below.
    pub fn types(&self) -> impl Iterator<Item = String> + '_ {
        let uids = self.all.iter().flat_map(|entity| entity.ancestors().chain(std::iter::once(entity.uid())));
        uids.map(|uid| uid.entity_type().to_string())
    }

    /// Everything above `parents` when `given` are laid over the configuration's entities.
    fn ancestors(&self, parents: &[EntityUID], given: &[&Given]) -> HashSet<EntityUID> {
        let mut seen = HashSet::new();
        let mut open: Vec<&EntityUID> = parents.iter().collect();
        while let Some(uid) = open.pop() {
            if !seen.insert(uid.clone()) {
                continue;
            }
            let laid_over = given.iter().find(|g| g.uid == *uid).and_then(|g| g.defined.as_ref());
            if let Some(defined) = laid_over {
                open.extend(&defined.parents);
            } else if let Some(entity) = deref(&self.all, uid) {
                open.extend(entity.parents());
            }
        }
        seen
    }

    fn entity(&self, which: &Given, given: &[&Given]) -> Option<Arc<Entity>> {
        let defined = which.defined.as_ref()?;
        let attributes =
            defined.attributes.iter().map(|(name, value)| (name.clone(), PartialValue::from(value.clone())));
        Some(Arc::new(Entity::new_with_attr_partial_value(
            which.uid.clone(),
            attributes,
            HashSet::new(),
            self.ancestors(&defined.parents, given),
            [],
        )))
    }

    /// Whether the request's entities refer to nothing but their parents, and are none that policies can reach.
    fn apart(&self, given: &[&Given]) -> bool {
        given.iter().all(|g| g.defined.is_some() && !self.near.contains(&g.uid))
    }

    /// The store for a request whose context refers to no entity (`plain`), or may do so.
    pub fn with(&self, given: &[&Given], plain: bool) -> Result<Entities, String> {
        let laid_over: Vec<_> = given.iter().filter_map(|g| self.entity(g, given)).collect();
        if plain && self.apart(given) {
            return add(self.reached.clone(), laid_over, TCComputation::AssumeAlreadyComputed);
        }
        add(self.all.clone(), laid_over, TCComputation::ComputeNow)
    }

    /// The entities of the request without its resource, to which `with_resource` adds one at a time.
    pub fn without_resource(&self, given: &[&Given; 2]) -> Result<Option<Entities>, String> {
        if !self.apart(given) {
            return Ok(None);
        }
        self.with(given, true).map(Some)
    }

    /// What `with` would return for `given` (principal and action, of which `base` was made) and `resource`; nothing
    /// when the resource changes what stands in `base`.
    pub fn with_resource(
        &self,
        base: &Entities,
        given: &[&Given; 2],
        resource: &Given,
    ) -> Result<Option<Entities>, String> {
        let all = [given[0], given[1], resource];
        let above_others = given.iter().any(|g| {
            deref(base, &g.uid).is_some_and(|e| e.uid() == &resource.uid || e.is_descendant_of(&resource.uid))
        });
        if above_others || !self.apart(&[resource]) {
            return Ok(None);
        }
        let laid_over = self.entity(resource, &all).into_iter().collect();
        add(base.clone(), laid_over, TCComputation::AssumeAlreadyComputed).map(Some)
    }
}
