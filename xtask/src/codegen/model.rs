//! What is generated, as plain data: no tokens, no document types. Every list has its final order here.

mod answer;
mod body;
mod bounds;
mod pages;
mod pairs;
mod security;
mod table;
mod views;

pub(super) use answer::{Answer, AnswerVariant, EVENTS, EventData, EventMethod, Media};
pub(super) use body::{Body, BodyArgument, BodyFormat, BodyVariant, Encoding, Style};
pub(super) use bounds::{Bound, Bounds, Number, as_whole};
pub(super) use pages::{PageInput, Pages, PagesKind};
pub(super) use pairs::{EntityReference, Targets};
pub(super) use security::{
    Address, Flow, Grant, Holder, Issuer, KeyPlace, OwnServer, Refreshing, Requirement, Revocation, Scheme, SchemeKind,
    Server, ServerVariable,
};
pub(super) use table::*;
pub(super) use views::*;

use super::location::Location;

/// One document and all that is emitted for it.
#[derive(Debug)]
pub(crate) struct Document {
    /// File stem, such as `pens-rest`.
    pub stem: String,
    /// Name of the file, for messages.
    pub file: String,
    /// Module path in the emitted crate.
    pub module: Vec<String>,
    /// Path from the client to the service, such as `oauth2.raw`.
    pub accessor: String,
    /// Type of the service.
    pub service: String,
    pub description: String,
    /// Path of the service below its base.
    pub path: String,
    /// Whether null, absence and a value are told apart everywhere, as in third-party documents.
    pub three_states: bool,
    /// Whether it becomes a crate of its own, which reaches the contract through the runtime.
    pub is_crate: bool,
    /// The feature of the emitted crate that it is behind, if it is not always there.
    pub feature: Option<String>,
    /// Operations that are left out, with what in them is not understood.
    pub refused: Vec<Refusal>,
    /// In the document's order.
    pub schemes: Vec<Scheme>,
    /// By name.
    pub issuers: Vec<Issuer>,
    /// Of the schemes that name the addresses of their tokens, in third-party documents.
    pub flows: Vec<Flow>,
    /// In the document's order, in third-party documents.
    pub servers: Vec<Server>,
    /// By name.
    pub own_servers: Vec<OwnServer>,
    /// Types that belong to no resource, by name.
    pub types: Vec<NamedType>,
    /// Texts with a type of their own, by name.
    pub texts: Vec<TextType>,
    /// What references by name and number lead to, by name.
    pub targets: Vec<Targets>,
    pub resources: Vec<Resource>,
    /// The tables of the resources, if the document describes them.
    pub tables: Vec<Table>,
    /// Operations that belong to no resource, by id.
    pub operations: Vec<Operation>,
}

impl Document {
    /// Every operation, those of resources last.
    pub(crate) fn all_operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().chain(self.resources.iter().flat_map(|resource| &resource.operations))
    }

    /// The table of a resource, if the document describes it.
    pub(crate) fn table(&self, resource: &Resource) -> Option<&Table> {
        self.tables.iter().find(|table| table.wire == resource.wire)
    }

    /// The types of the document and of its resources.
    pub(crate) fn all_types(&self) -> impl Iterator<Item = &NamedType> {
        self.types.iter().chain(self.resources.iter().flat_map(|resource| &resource.types))
    }
}

/// Something that is not understood, and the operation that needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub operation: String,
    pub construct: String,
    pub location: Location,
}

/// Records of one kind and the verbs on them.
#[derive(Debug)]
pub(crate) struct Resource {
    /// Record type, such as `Pen`.
    pub name: String,
    /// Module, such as `pen`.
    pub module: String,
    /// Name on the wire, such as `pens`.
    pub wire: String,
    pub description: String,
    /// Columns in the order of the document.
    pub columns: Vec<Column>,
    /// Members that are there only when asked for.
    pub extras: Vec<Field>,
    /// Marker traits of the record: what its reads can be asked for, and the option that says so.
    pub markers: Vec<(String, Location)>,
    /// The column that tells records in use from others.
    pub state: Option<String>,
    pub write: Option<Write>,
    /// References by name and number.
    pub pairs: Vec<EntityReference>,
    /// Its records by a value that one column has.
    pub views: Option<Views>,
    pub types: Vec<NamedType>,
    /// In the order list, create, get, exists, update, delete.
    pub operations: Vec<Operation>,
    pub location: Location,
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub wire: String,
    pub rust: String,
    pub description: String,
    pub ty: Type,
    pub bounds: Bounds,
    pub may_be_absent: bool,
    pub may_be_null: bool,
    /// Null and absence are two things.
    pub three_states: bool,
    /// It comes in answers and is never sent.
    pub read_only: bool,
    /// There are secrets inside of its values; of a secret itself this says nothing.
    pub holds_secrets: bool,
    pub location: Location,
}

impl Field {
    /// What a value there tells apart.
    pub(crate) fn presence(&self) -> Presence {
        match (self.may_be_absent, self.may_be_null, self.three_states) {
            (true, true, true) => Presence::ThreeStates,
            (false, true, true) => Presence::Null,
            (false, false, _) => Presence::Value,
            _ => Presence::Absent,
        }
    }

    /// Whether a record read from the wire may have no value there.
    pub(crate) fn is_option(&self) -> bool {
        self.may_be_absent || self.may_be_null
    }
}

/// What a member of an object tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It is always there.
    Value,
    /// It is there or not; null is as good as absence.
    Absent,
    /// It is always there and may be null.
    Null,
    /// It is absent, null or a value.
    ThreeStates,
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub field: Field,
    /// Name of the constant.
    pub constant: String,
    /// Whether a join leads from it to another record.
    pub joins: bool,
    pub set: Set,
    pub required: bool,
    /// The type of its text where it is an argument.
    pub text: Option<String>,
}

/// A text that has a type of its own where it could be mixed up with others.
#[derive(Debug, Clone)]
pub(crate) struct TextType {
    pub name: String,
    pub description: String,
    /// What it has to match.
    pub pattern: String,
    pub location: Location,
}

/// When a column can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    Never,
    OnCreate,
    Always,
}

/// What can be written beside the columns.
#[derive(Debug)]
pub(crate) struct Write {
    pub extras: Vec<Setter>,
}

#[derive(Debug, Clone)]
pub(crate) struct Setter {
    pub field: Field,
    /// The value is set member by member.
    pub by_member: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Type {
    Integer,
    Float,
    Boolean,
    /// 0 or 1 on the wire.
    Flag,
    Text,
    /// A text of a format that has a type.
    Format(Format),
    /// A part of a multipart body.
    File,
    Secret,
    Timestamp,
    /// Id of a record.
    Id(String),
    /// A type emitted for this document.
    Named(String),
    List(Box<Type>),
    /// Values of one type by name.
    Table(Box<Type>),
    /// A value or null, where no field says so.
    Nullable(Box<Type>),
    /// A value behind a pointer: its type contains this place, or is large.
    Boxed(Box<Type>),
    /// Any object; the document says no more.
    Object,
    /// Any value; the reason why it has no type.
    Opaque(&'static str),
    /// A plain form or the content.
    Composite {
        plain: Box<Type>,
        expanded: Box<Type>,
        plain_is_read_only: bool,
    },
}

/// The formats of texts that have a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Base64,
    Date,
    DateTime,
    Decimal,
    Uuid,
}

impl Format {
    /// The format that a document calls so.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "byte" => Format::Base64,
            "date" => Format::Date,
            "date-time" => Format::DateTime,
            "decimal" => Format::Decimal,
            "uuid" => Format::Uuid,
            _ => return None,
        })
    }

    /// The name of the type.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Format::Base64 => "Base64",
            Format::Date => "Date",
            Format::DateTime => "DateTime",
            Format::Decimal => "Decimal",
            Format::Uuid => "Uuid",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct NamedType {
    pub name: String,
    pub description: String,
    /// Whether a caller builds such values.
    pub is_sent: bool,
    pub shape: Shape,
    pub location: Location,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// An `ordered` one is compared by its numbers.
    IntegerEnum {
        variants: Vec<Variant<i64>>,
        ordered: bool,
    },
    TextEnum(Vec<Variant<String>>),
    /// A struct with fields, and with members that are not listed where the schema is open.
    Object {
        fields: Vec<Field>,
        others: Option<AdditionalMembers>,
        rules: Vec<Bound>,
        made_from: Option<MadeFrom>,
    },
    /// Members that a caller sets: the request of an operation.
    /// An open one takes members of any name.
    Request {
        required: Vec<Field>,
        optional: Vec<Field>,
        others: Option<AdditionalMembers>,
        rules: Vec<Bound>,
    },
    /// Common members, and content told apart by the value of a member.
    Tagged {
        tagged: Tagged,
        variants: Vec<TaggedVariant>,
    },
    /// Objects told apart by a member that only one of them has.
    ByProperty(Vec<PropertyVariant>),
    /// Values of any kind, each with what tells it apart, in the order in which they are tried.
    Union(Vec<UnionVariant>),
    /// Answers told apart by status and media type, in the order in which they are tried.
    Answers(Vec<AnswerVariant>),
    /// Bodies of which one is sent.
    Bodies(Vec<BodyVariant>),
    /// Another name of a type.
    Alias(String),
    /// A type with a name of its own around another one: it leads back to itself.
    Wrapper(Type, Bounds),
}

/// The members that an open schema does not list.
#[derive(Debug, Clone)]
pub(crate) struct AdditionalMembers {
    pub ty: Type,
    pub bounds: Bounds,
}

impl AdditionalMembers {
    /// The field that holds them.
    pub(crate) fn field(&self) -> &'static str {
        if self.is_any() { "unknown" } else { "additional" }
    }

    /// Whether the document gives them no type.
    pub(crate) fn is_any(&self) -> bool {
        matches!(self.ty, Type::Opaque(_))
    }
}

/// What makes a whole object, and the field that it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MadeFrom {
    Text(String),
    /// Bytes, which stand in the field in base64.
    Bytes(String),
}

/// What the kinds of a union have in common.
#[derive(Debug, Clone)]
pub(crate) struct Tagged {
    /// Type of the common members.
    pub common: String,
    /// Whether the common members may all be left out.
    pub common_may_be_empty: bool,
    /// Type of the content.
    pub content: String,
    /// The member that tells the kinds apart, and its value where it is absent.
    pub tag: String,
    pub default: Option<i64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Variant<T> {
    pub value: T,
    pub name: String,
    pub description: String,
    pub location: Location,
}

#[derive(Debug, Clone)]
pub(crate) struct TaggedVariant {
    pub tag: i64,
    pub name: String,
    pub ty: String,
    pub location: Location,
}

#[derive(Debug, Clone)]
pub(crate) struct PropertyVariant {
    pub property: String,
    pub name: String,
    pub ty: String,
    pub description: String,
    pub location: Location,
}

#[derive(Debug, Clone)]
pub(crate) struct UnionVariant {
    pub name: String,
    pub ty: Type,
    pub bounds: Bounds,
    pub sign: Sign,
    pub description: String,
    pub location: Location,
}

/// What tells an alternative of a union apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sign {
    /// A member has one of these values.
    Is(String, Vec<Tag>),
    /// A member is there.
    Has(String),
    /// The JSON type: `text`, `number`, `boolean`, `list` or `object`.
    Kind(String),
}

/// A value that tells an alternative apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tag {
    Text(String),
    Integer(i64),
    Boolean(bool),
}

/// How a parameter is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParameterStyle {
    /// `path`, `query`, `header` or `cookie`.
    pub at: String,
    pub style: Style,
    pub explode: bool,
}

/// A parameter of a request type: the key of its setter, its name on the wire and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StyledParameter {
    pub key: String,
    pub wire: String,
    pub style: ParameterStyle,
}

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// As the document spells it.
    pub id: String,
    /// Name of the method.
    pub rust: String,
    /// Name of the tag.
    pub constant: String,
    /// In upper case.
    pub method: String,
    pub path: String,
    /// No one has confirmed the path: a caller may choose another, so the tag can be named.
    pub unconfirmed: bool,
    pub summary: String,
    pub description: String,
    /// What the documentation adds: credentials, permission, deprecation.
    pub notes: Vec<String>,
    pub security: Vec<Vec<Requirement>>,
    pub safety: Safety,
    pub success: Vec<u16>,
    pub body: Option<Body>,
    /// What a call can be asked for beside its arguments, in the order of the document.
    pub options: Vec<CallOption>,
    /// How its parameters are written, in third-party documents.
    pub styles: Vec<StyledParameter>,
    /// Name of the table of those.
    pub styles_constant: String,
    pub deprecated: bool,
    /// Its answer as a stream of events, where the document offers that beside another.
    pub events: Option<EventMethod>,
    /// What its documented errors are read as.
    pub errors: Option<Type>,
    /// The URL of the server that it has of its own.
    pub server: Option<String>,
    /// The header by which a server knows a repeat.
    pub idempotency_key: Option<String>,
    /// Where its safety comes from: `document`, `overlay`, `method`, `token URL` or `idempotency key`.
    pub safety_from: String,
    /// How its list goes on.
    pub pages: Option<Pages>,
    /// The members of its answer that are endpoints of the server, each with its path in the document.
    pub discovery: Vec<(String, String)>,
    pub call: CallShape,
    pub location: Location,
}

/// The names in braces of a path, in their order.
pub(super) fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// An option of a call: a hand-written method of that name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallOption {
    pub rust: String,
    pub takes: OptionArgument,
}

/// What the method of an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptionArgument {
    Nothing,
    Text,
    /// An HTTP date.
    Date,
    /// Names of columns.
    Columns,
}

/// What the emitted method takes and answers.
#[derive(Debug, Clone)]
pub(crate) enum CallShape {
    Verb(Verb),
    Plain { parameters: Vec<PathParameter>, query: Option<String>, body: Option<BodyArgument>, answer: Answer },
}

#[derive(Debug, Clone)]
pub(crate) struct PathParameter {
    pub wire: String,
    pub rust: String,
    pub ty: Type,
    /// Where it is more than a number or a text.
    pub style: Option<ParameterStyle>,
    pub location: Location,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verb {
    List,
    Create,
    Get,
    Exists,
    Update,
    Delete,
}

impl Verb {
    pub(crate) const ALL: [(&'static str, Verb); 6] = [
        ("list", Verb::List),
        ("create", Verb::Create),
        ("get", Verb::Get),
        ("exists", Verb::Exists),
        ("update", Verb::Update),
        ("delete", Verb::Delete),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Safety {
    Read,
    Idempotent,
    Create,
    Update,
    Delete,
    TokenExchange,
}

impl Safety {
    pub(crate) const ALL: [(&'static str, Safety); 6] = [
        ("Read", Safety::Read),
        ("Idempotent", Safety::Idempotent),
        ("Create", Safety::Create),
        ("Update", Safety::Update),
        ("Delete", Safety::Delete),
        ("TokenExchange", Safety::TokenExchange),
    ];

    pub(crate) fn word(self) -> &'static str {
        Safety::ALL.iter().find(|(_, safety)| *safety == self).map_or("", |(word, _)| word)
    }
}
