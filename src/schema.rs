//! JSON schemas of what users write and programs read, derived from the very types that are read and written.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::json;

use crate::facts::FactsFile;
use crate::model::Settings;
use crate::reach::ConnectivityTest;
use crate::report::{ConnectionsReport, Report};
use crate::rules::RULES;

/// The schema of a settings file.
pub fn settings() -> Schema {
    let mut schema = read::<Settings>();
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    for place in ["/properties/rules", "/$defs/Override/properties/rules"] {
        if let Some(rules) = schema.pointer_mut(place) {
            rules["propertyNames"] = json!({"enum": names});
        }
    }
    schema
}

/// The schema of a file of facts.
pub fn facts() -> Schema {
    read::<FactsFile>()
}

/// The schema of a document of kind `ConnectivityTest`.
pub fn connectivity_test() -> Schema {
    read::<ConnectivityTest>()
}

/// The schema of what `check --format json` writes.
pub fn report() -> Schema {
    written::<Report>()
}

/// The schema of what `connections --format json` writes.
pub fn connections() -> Schema {
    written::<ConnectionsReport>()
}

fn read<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}

fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}
