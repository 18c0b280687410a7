//! Names that emitted files use: a document that makes one of its own of them would hide it.

/// Types that emitted files import from the core, and those that they and the macros of the core name without a path,
/// parameters of types included.
pub(super) const TYPES: &[&str] = &[
    "A",
    "Arc",
    "AsRef",
    "At",
    "BTreeMap",
    "Base64",
    "Box",
    "Call",
    "Column",
    "Columns",
    "Composite",
    "D",
    "Default",
    "Dispatch",
    "Dispatcher",
    "Err",
    "ExtData",
    "Fields",
    "ForeignKey",
    "From",
    "HasExtData",
    "HasState",
    "HasTags",
    "Id",
    "Into",
    "IntoComposite",
    "IntoNumber",
    "IntoIterator",
    "Iterator",
    "Json",
    "JsonMap",
    "K",
    "Media",
    "Method",
    "New",
    "None",
    "Ok",
    "Operation",
    "Option",
    "P",
    "Parameter",
    "Patch",
    "PhantomData",
    "Query",
    "RawCall",
    "Redirect",
    "Requirement",
    "Result",
    "Row",
    "S",
    "Safety",
    "Secret",
    "Send",
    "Sign",
    "Some",
    "String",
    "Style",
    "Sync",
    "T",
    "Tag",
    "Timestamp",
    "TryFrom",
    "UnknownCode",
    "UnknownText",
    "V",
    "Vec",
    "Wire",
];

/// Modules beside those of the resources, and crates that emitted code names.
pub(super) const MODULES: [&str; 12] = [
    "core",
    "credentials",
    "issuers",
    "kind",
    "references",
    "schemes",
    "servers",
    "std",
    "texts",
    "types",
    "zeyos_core",
    "zeyos_runtime",
];

/// Methods of the builder of an emitted client.
pub(super) const OF_BUILDER: [&str; 26] = [
    "allow",
    "auth_mode",
    "auto_refresh",
    "build",
    "client_auth_method",
    "client_credentials",
    "clock",
    "configure",
    "credential",
    "decoding",
    "default",
    "discovered",
    "idle_timeout",
    "max_body",
    "max_retry_after",
    "max_wait",
    "on_event",
    "operation_path",
    "public_client",
    "refresh_limits",
    "service_url",
    "timeout",
    "token_set",
    "token_store",
    "transport",
    "user_agent",
];

/// Methods of every service.
pub(super) const OF_SERVICE: [&str; 3] = ["call", "new", "on"];

/// Functions of every view.
pub(super) const OF_VIEW: [&str; 2] = ["filter", "query"];

/// Methods of every type that is written member by member.
pub(super) const OF_WRITE: [&str; 9] = [
    "into_fields",
    "new",
    "validate",
    "with",
    "with_confidential",
    "with_files",
    "with_secret",
    "with_secret_or_null",
    "with_upload",
];

/// The same of types that take members of any name.
pub(super) const OF_OPEN_WRITE: [&str; 10] = [
    "into_fields",
    "member",
    "new",
    "validate",
    "with",
    "with_confidential",
    "with_files",
    "with_secret",
    "with_secret_or_null",
    "with_upload",
];

/// Constants that a security scheme makes beside its own: what each ends in after that.
pub(super) const OF_SCHEME: [&str; 1] = ["CREDENTIAL"];

/// Constants that a scheme makes whose tokens are got at addresses of the document: what each ends in.
pub(super) const OF_FLOW: [&str; 12] = [
    "CLIENT",
    "CLIENT_CREDENTIAL",
    "TOKEN",
    "TOKEN_SERVICE",
    "REFRESH",
    "REFRESH_SERVICE",
    "AUTHORIZATION",
    "AUTHORIZATION_SERVICE",
    "INTROSPECTION",
    "INTROSPECTION_SERVICE",
    "REVOCATION",
    "REVOCATION_SERVICE",
];

/// The constant of all issuers of a document.
pub(super) const ISSUERS: &str = "ISSUERS";

/// Constants of every file with operations.
pub(super) const CONSTANTS: [&str; 2] = ["OPERATIONS", "SERVICE"];
