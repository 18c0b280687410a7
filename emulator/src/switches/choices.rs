//! The choices of the switches that have a few named ones. It holds them and their names, and does nothing with them.

macro_rules! choices {
    ($($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $about:literal])+ $variant:ident = $text:literal),+ $(,)?
    })+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            #[non_exhaustive]
            #[allow(unreachable_pub, reason = "a platform keeps its choices to itself")]
            pub enum $name {
                $($(#[doc = $about])+ #[doc = ""] #[doc = concat!("By name: `", $text, "`.")] $variant),+
            }

            impl $crate::switches::setting::Setting for $name {
                fn allowed() -> $crate::switches::setting::Allowed {
                    $crate::switches::setting::Allowed::OneOf(&[$(($text, concat!($($about),+))),+])
                }

                fn read(text: &str) -> Option<Self> {
                    match text {
                        $($text => Some(Self::$variant),)+
                        _ => None,
                    }
                }

                fn show(&self) -> String {
                    match self {
                        $(Self::$variant => $text.to_owned(),)+
                    }
                }
            }
        )+
    };
}

pub(crate) use choices;

choices! {
    /// What happens to the list member `filter`.
    FilterMember {
        /// It holds.
        Honour = "honour",
        /// It is passed over whole.
        Ignore = "ignore",
    }
    /// What the list member `filter` does with a condition on a foreign key.
    FilterFk {
        /// It holds.
        Honour = "honour",
        /// It is dropped without a word, as some prose about the service says.
        Ignore = "ignore",
    }
    /// What happens when a list request has both `filter` and `filters`.
    BothFilters {
        /// Both must hold.
        And = "and",
        /// Only `filters` counts.
        PreferFilters = "prefer_filters",
        /// The request is answered with 400.
        Reject = "reject",
    }
    /// What happens to something that is not known.
    Unknown {
        /// It is passed over.
        Ignore = "ignore",
        /// The request is answered with 400.
        Reject = "reject",
    }
    /// What happens to a column on a write that the server fills by itself.
    ReadonlyWrite {
        /// It is passed over.
        Ignore = "ignore",
        /// The request is answered with 400.
        Reject = "reject",
        /// What was sent is stored.
        Accept = "accept",
    }
    /// The text of the answer to a column that a resource lacks.
    BadColumn {
        /// It does not name the column.
        Opaque = "opaque",
        /// It names the column.
        Named = "named",
    }
    /// The texts of errors that the published samples have.
    ErrorTexts {
        /// As the samples have them.
        Published = "published",
        /// With what they leave open behind them.
        Explained = "explained",
    }
    /// What an update that changes nothing leads to.
    EmptyUpdate {
        /// Without a body it is answered with 400; one that holds nothing to store is a change all the same.
        Reject = "reject",
        /// Nothing changes, and the record is answered as it is.
        Noop = "noop",
    }
    /// Whether something must be sent.
    Presence {
        /// It may be missing.
        Optional = "optional",
        /// Without it a rule is broken.
        Required = "required",
    }
    /// How texts sort and compare.
    TextOrder {
        /// By the numbers of their characters.
        CodePoints = "code_points",
        /// As a dictionary has them: letters before accents before capitals (Unicode collation, the root of CLDR).
        Locale = "locale",
    }
    /// The keys of custom fields that are selected without an alias.
    ExtdataKeys {
        /// The path, as for joined columns: `extdata.tier`
        Path = "path",
        /// With an underscore, as seen: `extdata_tier`
        Underscore = "underscore",
    }
    /// What happens to a column that the documents do not have.
    HiddenColumns {
        /// It is not known.
        Reject = "reject",
        /// It can be read in lists.
        Read = "read",
    }
    /// What happens to parameters of a token request in the query of its URL.
    TokenQuery {
        /// The request is answered with 400.
        Reject = "reject",
        /// They count, unless the body has them too.
        Accept = "accept",
    }
    /// What happens when a create names an `ID`.
    CreateId {
        /// 409 if a row has it, else the row is created with it.
        ConflictIfUsed = "conflict_if_used",
        /// 409 always.
        AlwaysConflict = "always_conflict",
        /// The server draws another.
        Ignore = "ignore",
    }
    /// What happens to a limit above the highest.
    LimitOver {
        /// It is cut.
        Clamp = "clamp",
        /// The request is answered with 400.
        Reject = "reject",
    }
    /// The order of rows between which `sort` does not decide.
    DefaultOrder {
        /// By ID.
        Id = "id",
        /// Another one in every answer, so that a client that pages without a full order shows.
        Random = "random",
    }
    /// The keys of joined columns and custom fields that are selected without an alias.
    Dotted {
        /// The path: `{"account.lastname": "Berg"}`
        Flat = "flat",
        /// Objects in objects: `{"account": {"lastname": "Berg"}}`
        Nested = "nested",
    }
    /// What happens to a list that is narrowed by a range of a time without an index.
    UnindexedWindow {
        /// It is answered.
        Ok = "ok",
        /// 503
        ServiceUnavailable = "503",
    }
    /// What a write answers to the `ID` of a record that was deleted.
    Gone {
        /// The same as to one that never was: a create takes it, an update answers 404.
        Never = "never",
        /// 410
        DeletedIds = "deleted_ids",
    }
    /// Where nulls stand in a sorted list.
    Nulls {
        /// Last when ascending, first when descending.
        Postgres = "postgres",
        /// First when ascending, last when descending.
        Sqlite = "sqlite",
    }
    /// What a comparison with null means in a filter.
    NullFilter {
        /// Equal to null is "is null", different from null is "is not null".
        IsNull = "is_null",
        /// No row passes.
        Never = "never",
    }
    /// What NOT with several operands means.
    NotMany {
        /// Not all of them hold.
        NotAnd = "not_and",
        /// None of them holds.
        Nor = "nor",
    }
    /// How the words of `query` are looked for.
    QueryTerms {
        /// Each word stands somewhere.
        AllTerms = "all_terms",
        /// One of the words stands somewhere.
        AnyTerm = "any_term",
        /// The whole text stands somewhere.
        Phrase = "phrase",
    }
    /// What `query` finds on a resource without searched columns.
    QueryNone {
        /// Nothing.
        Empty = "empty",
        /// Everything, as if it had not been sent.
        Ignore = "ignore",
    }
    /// What whole records show of composite columns that are not expanded.
    Unexpanded {
        /// Their text or the number of the file.
        Reference = "reference",
        /// Nothing.
        Omit = "omit",
    }
    /// The type of custom fields in answers.
    ExtdataValues {
        /// Always text.
        Text = "text",
        /// As they were written.
        Json = "json",
    }
    /// The shape of the answer to `count`.
    CountShape {
        /// `{"count": 3}`
        Object = "object",
        /// `3`
        Number = "number",
        /// `"3"`
        Text = "text",
        /// `{"data": [], "count": 3}`
        Wrapper = "wrapper",
    }
    /// The line ends of CSV.
    CsvEol {
        /// As RFC 4180 has them.
        CrLf = "crlf",
        /// As Unix has them.
        Lf = "lf",
    }
    /// The status of a broken rule of a table.
    RuleStatus {
        /// 500
        InternalServerError = "500",
        /// 400
        BadRequest = "400",
        /// 409
        Conflict = "409",
    }
    /// What an entity tag is made of.
    EtagContent {
        /// The stored row.
        Row = "row",
        /// The moment of the last change, so that two changes within a second share it.
        LastModified = "lastmodified",
    }
    /// Whether redirect URIs are compared.
    RedirectCheck {
        /// With the list of the application and with that of the code.
        Strict = "strict",
        /// Not at all.
        Off = "off",
    }
    /// Where a client may put its identifier and secret.
    ClientAuth {
        /// In either place.
        Either = "either",
        /// In the Basic header alone.
        Basic = "basic",
        /// In the body alone.
        Body = "body",
    }
    /// What the page behind `authorize` does. The program asks; the library's default is `Auto`, since a test that
    /// embeds it has no person at hand.
    Authorize {
        /// It consents at once: as the user of the session cookie, else as the demo user.
        Auto = "auto",
        /// It lets a user sign in and asks for consent, as the service does.
        Form = "form",
    }
}
