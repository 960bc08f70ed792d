//! All objects of all files, each once.

use std::collections::BTreeMap;

use crate::object::{Object, ObjectRef};

use super::{Document, Input, Location, ReadError, object};

/// The objects of several inputs.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Every object that can be judged, with the document that says it.
    pub objects: BTreeMap<ObjectRef, Located>,
    /// What could not be read, in the order of the inputs.
    pub errors: Vec<ReadError>,
    /// What is worth knowing and wrong with nothing.
    pub notes: Vec<Note>,
}

/// An object and where it was written.
#[derive(Clone, Debug)]
pub struct Located {
    /// What the rules read of it.
    pub object: Object,
    /// What was written.
    pub document: Document,
    /// Its place in the order of the inputs, in which `kubectl apply` would send it.
    pub order: usize,
}

/// A remark about the input that is neither finding nor error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Where.
    pub location: Location,
    /// One sentence without a full stop.
    pub text: String,
}

/// Reads the objects of `inputs`; those without a namespace are in `default_namespace`.
///
/// Of several objects with one name the last counts, as after `kubectl apply`. An object with `generateName` gets a name that
/// no other can have, the prefix with an asterisk.
pub fn gather(inputs: Vec<Input>, default_namespace: &str) -> Gathered {
    let mut gathered = Gathered::default();
    let mut order = 0;
    for input in inputs {
        gathered.errors.extend(input.errors);
        for document in input.documents {
            match object(&document, default_namespace) {
                Ok(None) => {}
                Ok(Some(object)) => {
                    order += 1;
                    gathered.add(Located { object, document, order });
                }
                Err(errors) => gathered.errors.extend(errors),
            }
        }
    }
    gathered
}

impl Gathered {
    fn add(&mut self, mut located: Located) {
        if located.object.meta().name.is_empty() {
            let name = self.generated_name(&located.object, located.order);
            located.object.meta_mut().name = name;
        }
        let reference = located.object.reference();
        let location = located.document.location("/metadata/name");
        if let Some(earlier) = self.objects.insert(reference.clone(), located) {
            let place = earlier.document.location("/metadata/name");
            self.notes.push(Note {
                location,
                text: format!("{reference} is also at {place}: this later one counts"),
            });
        }
    }

    fn generated_name(&self, object: &Object, order: usize) -> String {
        let name = format!("{}*", object.meta().generate_name);
        let reference = ObjectRef { name: name.clone(), ..object.reference() };
        if self.objects.contains_key(&reference) { format!("{name}{order}") } else { name }
    }
}
