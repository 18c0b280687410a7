//! Custom fields of an instance as types.
//!
//! Every organisation adds fields of its own to the resources of ZeyOS. They are rows of `customfields`, and a list of those becomes a
//! module of a program, with a typed column for each field:
//!
//! ```console
//! $ curl -H "Authorization: Bearer $TOKEN" --json '{"limit": 10000, "expand": ["options"]}' \
//!       https://cloud.zeyos.com/demo/api/v1/customfields > fields.json
//! $ cargo xtask codegen --custom-fields fields.json --out ../my-program/src/fields.rs
//! ```
//!
//! The columns are used as those of [`rest`](crate::rest): in filters, in orders and in projections. What they hold is a [`Custom`], since
//! servers do not hold values against the type of their field; [`value`](Custom::value) reads it. One that is not a number is null to
//! [`sum`](crate::Call::sum), `min` and `max`, and does not stop them.
//!
//! ```
//! # // As the command writes it.
//! # mod fields {
//! #     pub enum CustomFields {}
//! #     impl zeyos::custom_fields::CustomFields for CustomFields {
//! #         const FIELDS: &'static [zeyos::custom_fields::DeclaredField] =
//! #             &[zeyos::custom_fields::DeclaredField::new("tickets", "minutes", "num")];
//! #     }
//! #     pub mod ticket {
//! #         pub const MINUTES: zeyos::Column<
//! #             zeyos::rest::Ticket,
//! #             Option<zeyos::Custom<zeyos::Decimal>>,
//! #             zeyos::custom_fields::Extension,
//! #         > = zeyos::Column::custom("minutes");
//! #     }
//! # }
//! use zeyos::rest::{NewTicket, Ticket, ticket};
//! use zeyos::{Client, Custom, Decimal, Error, Id, projection};
//!
//! projection! {
//!     struct Row from Ticket {
//!         id: Id<Ticket> = ticket::ID,
//!         minutes: Option<Custom<Decimal>> = fields::ticket::MINUTES,
//!     }
//! }
//!
//! # async fn run(client: Client) -> Result<(), Error> {
//! let report = client.check_custom_fields::<fields::CustomFields>().await?;
//! if !report.is_ok() {
//!     eprintln!("{report}");
//! }
//! let long = Ticket::query().filter(fields::ticket::MINUTES.ge(45)).select::<Row>();
//! for row in client.api().list_tickets(long).await?.into_inner() {
//!     let minutes = row.minutes.and_then(|minutes| minutes.value());
//!     println!("{}: {}", row.id, minutes.map_or_else(|| "unknown".to_owned(), |minutes| minutes.to_string()));
//! }
//! let total = client.api().list_tickets(Ticket::query()).sum(fields::ticket::MINUTES).any_currency().await?;
//! println!("{} tickets have minutes, {} have none", total.rows, total.nulls);
//! let new = NewTicket::new("Pump seal leaks").extdata(fields::ticket::MINUTES.name(), fields::ticket::MINUTES.json(30));
//! client.api().create_ticket(new).await?;
//! let ticket = client.api().get_ticket(Id::new(7)).extdata().await?;
//! let minutes = ticket.extdata.as_ref().and_then(|fields| fields::ticket::MINUTES.read(fields));
//! # drop(minutes);
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;
use std::fmt;

use zeyos_core::{Error, Json};

use crate::Client;
use crate::rest::{Activity, CustomField, CustomFieldSource, custom_field};

#[doc(no_inline)]
pub use zeyos_core::query::Extension;
#[doc(no_inline)]
pub use zeyos_core::{Custom, CustomValue};

/// The custom fields that a program was compiled with. Emitted modules implement it.
pub trait CustomFields {
    /// All of them.
    const FIELDS: &'static [DeclaredField];
    /// Fields of the instance that have no column, by resource and name: they are of no resource with custom fields.
    const LEFT_OUT: &'static [(&'static str, &'static str)] = &[];
}

/// A custom field as a program was compiled with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeclaredField {
    /// The resource whose records have it, such as `tickets`.
    pub resource: &'static str,
    /// Its name among the custom fields of a record.
    pub name: &'static str,
    /// Its type, as the instance spells it.
    pub kind: &'static str,
    /// The resource that it points to, where it is a reference.
    pub target: Option<&'static str>,
    /// The values that it can have, where it is a list.
    pub choices: &'static [&'static str],
}

impl DeclaredField {
    /// A field without target and choices.
    pub const fn new(resource: &'static str, name: &'static str, kind: &'static str) -> Self {
        DeclaredField { resource, name, kind, target: None, choices: &[] }
    }

    /// A reference to records of this resource.
    pub const fn target(self, resource: &'static str) -> Self {
        DeclaredField { target: Some(resource), ..self }
    }

    /// A list of these values.
    pub const fn choices(self, choices: &'static [&'static str]) -> Self {
        DeclaredField { choices, ..self }
    }
}

/// In what the custom fields of an instance differ from those that a program was compiled with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "it says whether reads will find what they expect"]
pub struct CustomFieldReport {
    differences: Vec<CustomFieldDifference>,
}

impl CustomFieldReport {
    /// Every difference, in the order of resources and names.
    pub fn differences(&self) -> &[CustomFieldDifference] {
        &self.differences
    }

    /// Whether what the program was compiled with holds: fields of the instance that it does not know are no harm.
    pub fn is_ok(&self) -> bool {
        self.differences.iter().all(|difference| matches!(difference.what, FieldChange::New { .. }))
    }
}

/// One line for each difference.
impl fmt::Display for CustomFieldReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, difference) in self.differences.iter().enumerate() {
            let joint = if index == 0 { "" } else { "\n" };
            write!(f, "{joint}{difference}")?;
        }
        Ok(())
    }
}

/// A custom field that is not as the program was compiled with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomFieldDifference {
    /// The resource whose records have it.
    pub resource: String,
    /// Its name among the custom fields of a record.
    pub name: String,
    /// What differs.
    pub what: FieldChange,
}

/// How a custom field differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldChange {
    /// The instance has no such field, or it is switched off.
    Missing,
    /// It has another type.
    Kind {
        /// That of the program.
        declared: String,
        /// That of the instance.
        found: String,
    },
    /// It points to another resource.
    Target {
        /// That of the program.
        declared: Option<String>,
        /// That of the instance.
        found: Option<String>,
    },
    /// The values that it can have are others.
    Choices {
        /// Values that are gone.
        gone: Vec<String>,
        /// Values that the program does not know; it reads them as unknown.
        new: Vec<String>,
    },
    /// The program does not know it.
    New {
        /// Its type.
        kind: String,
    },
}

impl fmt::Display for CustomFieldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = || "nothing".to_owned();
        write!(f, "{}.extdata.{} ", self.resource, self.name)?;
        match &self.what {
            FieldChange::Missing => f.write_str("is missing in the instance"),
            FieldChange::Kind { declared, found } => write!(f, "is of type {found:?} and was {declared:?}"),
            FieldChange::Target { declared, found } => {
                let (declared, found) = (declared.clone().unwrap_or_else(none), found.clone().unwrap_or_else(none));
                write!(f, "points to {found} and pointed to {declared}")
            }
            FieldChange::Choices { gone, new } => write!(f, "has other choices: gone {gone:?}, new {new:?}"),
            FieldChange::New { kind } => write!(f, "is new, of type {kind:?}"),
        }
    }
}

/// A field as the instance has it.
struct Found {
    kind: String,
    target: Option<String>,
    choices: Vec<String>,
}

impl Found {
    fn of(row: &CustomField) -> Self {
        let options = row.options.as_ref().and_then(|options| options.content().ok());
        let choices = match options.unwrap_or_default() {
            Json::Object(members) => members.into_iter().map(|(value, _)| value).collect(),
            Json::Array(labels) => (0..labels.len()).map(|place| place.to_string()).collect(),
            _ => Vec::new(),
        };
        let target = row.entity.as_ref().map(|entity| entity.as_str().to_owned());
        Found { kind: row.type_.as_str().to_owned(), target, choices }
    }

    /// In what it is not as declared.
    fn changes(&self, declared: &DeclaredField) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        if self.kind != declared.kind {
            let (declared, found) = (declared.kind.to_owned(), self.kind.clone());
            changes.push(FieldChange::Kind { declared, found });
            // Target and choices go with the type.
            return changes;
        }
        if self.target.as_deref() != declared.target {
            let declared = declared.target.map(str::to_owned);
            changes.push(FieldChange::Target { declared, found: self.target.clone() });
        }
        let is_declared = |choice: &String| declared.choices.contains(&choice.as_str());
        let gone = declared.choices.iter().filter(|choice| !self.choices.iter().any(|own| own == *choice));
        let gone: Vec<String> = gone.map(|choice| (*choice).to_owned()).collect();
        let new: Vec<String> = self.choices.iter().filter(|choice| !is_declared(choice)).cloned().collect();
        if !gone.is_empty() || !new.is_empty() {
            changes.push(FieldChange::Choices { gone, new });
        }
        changes
    }
}

impl Client {
    /// Holds the custom fields that a program was compiled with, those of an emitted module, against the instance. For the start of
    /// a program: a field that is gone reads as null, and one of another type as values that are none. See
    /// [`custom_fields`](crate::custom_fields).
    ///
    /// # Errors
    /// When the list of custom fields cannot be read.
    pub async fn check_custom_fields<M: CustomFields>(&self) -> Result<CustomFieldReport, Error> {
        let live = CustomField::query().live().filter(custom_field::SOURCE.eq(CustomFieldSource::ExtData));
        let mut rows = self.api().list_custom_fields(live.expand(custom_field::OPTIONS)).stream();
        let mut found = BTreeMap::new();
        while let Some(row) = rows.next().await {
            let row = row?;
            // A server that has not heeded the filter tells of others too.
            if row.activity == Activity::Active && row.source == CustomFieldSource::ExtData {
                found.insert((row.context.clone(), row.reference.clone()), Found::of(&row));
            }
        }
        Ok(CustomFieldReport { differences: differences(M::FIELDS, M::LEFT_OUT, found) })
    }
}

fn differences(
    declared: &[DeclaredField],
    left_out: &[(&str, &str)],
    mut found: BTreeMap<(String, String), Found>,
) -> Vec<CustomFieldDifference> {
    let mut all = BTreeMap::new();
    for field in declared {
        let key = (field.resource.to_owned(), field.name.to_owned());
        let changes = found.remove(&key).map_or_else(|| vec![FieldChange::Missing], |own| own.changes(field));
        all.insert(key, changes);
    }
    for (key, own) in found {
        if !left_out.contains(&(key.0.as_str(), key.1.as_str())) {
            all.insert(key, vec![FieldChange::New { kind: own.kind }]);
        }
    }
    let told = |((resource, name), changes): ((String, String), Vec<FieldChange>)| {
        changes.into_iter().map(move |what| CustomFieldDifference {
            resource: resource.clone(),
            name: name.clone(),
            what,
        })
    };
    all.into_iter().flat_map(told).collect()
}
