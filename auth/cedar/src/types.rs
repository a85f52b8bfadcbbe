//! From the C types to Cedar's: entity types, ids, values, entities.

use crate::abi::{self, slice};
use cedar_policy_core::ast::{Eid, EntityType, EntityUID, Name, PartialValue, Value};
use cedar_policy_core::extensions::Extensions;
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

/// Sets and records in sets and records, at most.
const MAX_DEPTH: u32 = 32;

/// Entity types by name. Parsing one costs more than a decision, so those that are known beforehand are parsed once.
pub struct Types {
    known: HashMap<String, EntityType>,
}

impl Types {
    pub fn new() -> Types {
        Types { known: HashMap::new() }
    }

    pub fn add(&mut self, name: &str) -> Result<(), String> {
        let parsed = parse_type(name)?;
        self.known.insert(name.to_owned(), parsed);
        Ok(())
    }

    fn find(&self, name: &str) -> Result<EntityType, String> {
        match self.known.get(name) {
            Some(found) => Ok(found.clone()),
            None => parse_type(name),
        }
    }

    /// # Safety
    /// The texts of `uid` are readable.
    pub unsafe fn uid(&self, uid: &abi::Uid) -> Result<EntityUID, String> {
        let kind = self.find(uid.kind.str()?)?;
        Ok(EntityUID::from_components(kind, Eid::new(uid.id.str()?), None))
    }

    /// # Safety
    /// Everything that `entity` points to is readable.
    pub unsafe fn entity(&self, entity: &abi::Entity) -> Result<Given, String> {
        let uid = self.uid(&entity.uid)?;
        if entity.defined == 0 {
            return Ok(Given { uid, defined: None });
        }
        let parents = slice(entity.parents, entity.parent_count)
            .iter()
            .map(|parent| self.uid(parent))
            .collect::<Result<Vec<_>, _>>()?;
        let attributes = record(slice(entity.attributes, entity.attribute_count), 0)
            .map_err(|e| format!("attributes of {uid}: {e}"))?;
        Ok(Given { uid, defined: Some(Defined { attributes, parents }) })
    }
}

/// An entity of a request: its id, and what it is unless the engine's own entities say that.
pub struct Given {
    pub uid: EntityUID,
    pub defined: Option<Defined>,
}

pub struct Defined {
    pub attributes: BTreeMap<SmolStr, Value>,
    pub parents: Vec<EntityUID>,
}

fn parse_type(name: &str) -> Result<EntityType, String> {
    EntityType::from_str(name).map_err(|_| format!("'{}' is no name of an entity type", name.escape_debug()))
}

/// # Safety
/// Everything that the fields point to is readable.
pub unsafe fn record(fields: &[abi::Field], depth: u32) -> Result<BTreeMap<SmolStr, Value>, String> {
    let mut made = BTreeMap::new();
    for field in fields {
        let name = field.name.str()?;
        let value = value(&field.value, depth).map_err(|e| format!("'{}': {e}", name.escape_debug()))?;
        made.insert(SmolStr::new(name), value);
    }
    Ok(made)
}

unsafe fn value(from: &abi::Value, depth: u32) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH}"));
    }
    let fields = slice(from.fields, from.field_count);
    match from.kind {
        abi::BOOLEAN => Ok(Value::from(from.number != 0)),
        abi::LONG => Ok(Value::from(from.number)),
        abi::DECIMAL => decimal(from.number),
        abi::STRING => Ok(Value::from(SmolStr::new(from.text.str()?))),
        abi::SET => {
            let items = fields.iter().map(|f| value(&f.value, depth + 1)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::set(items, None))
        }
        abi::RECORD => Ok(Value::record(record(fields, depth + 1)?, None)),
        other => Err(format!("there is no kind {other} of value")),
    }
}

/// Cedar's decimal has four digits behind the point, and is made by its own function from text only.
fn decimal(ten_thousandths: i64) -> Result<Value, String> {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let size = ten_thousandths.unsigned_abs();
    let text = format!("{sign}{}.{:04}", size / 10_000, size % 10_000);
    let name = Name::from_str("decimal").map_err(|e| e.to_string())?;
    let function = Extensions::all_available().func(&name).map_err(|e| e.to_string())?;
    match function.call(&[Value::from(SmolStr::new(text))]) {
        Ok(PartialValue::Value(made)) => Ok(made),
        Ok(PartialValue::Residual(_)) => Err("a decimal of unknown value".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}
