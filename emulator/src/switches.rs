//! How the emulator behaves where nobody knows what the service does. Each switch answers one question; its default
//! is the documented guess. This file holds the choices and does nothing with them.

use std::time::Duration;

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            #[non_exhaustive]
            pub enum $name { $($(#[$variant_doc])* $variant),+ }
        )+
    };
}

choices! {
    /// What the list member `filter` does with a condition on a foreign key.
    FilterFk {
        /// It holds.
        Honour,
        /// It is dropped without a word, as some prose about the service says.
        Ignore,
    }
    /// What happens when a list request has both `filter` and `filters`.
    BothFilters {
        /// Both must hold.
        And,
        /// Only `filters` counts.
        PreferFilters,
        /// The request is answered with 400.
        Reject,
    }
    /// What happens to something that is not known.
    Unknown {
        /// It is passed over.
        Ignore,
        /// The request is answered with 400.
        Reject,
    }
    /// The text of the answer to a column that a resource lacks.
    BadColumn {
        /// It does not name the column.
        Opaque,
        /// It names the column.
        Named,
    }
    /// What happens when a create names an `ID`.
    CreateId {
        /// 409 if a row has it, else the row is created with it.
        ConflictIfUsed,
        /// 409 always.
        AlwaysConflict,
        /// The server draws another.
        Ignore,
    }
    /// What happens to a limit above the highest.
    LimitOver {
        /// It is cut.
        Clamp,
        /// The request is answered with 400.
        Reject,
    }
    /// Where nulls stand in a sorted list.
    Nulls {
        /// Last when ascending, first when descending.
        Postgres,
        /// First when ascending, last when descending.
        Sqlite,
    }
    /// What a comparison with null means in a filter.
    NullFilter {
        /// Equal to null is "is null", different from null is "is not null".
        IsNull,
        /// No row passes.
        Never,
    }
    /// What NOT with several operands means.
    NotMany {
        /// Not all of them hold.
        NotAnd,
        /// None of them holds.
        Nor,
    }
    /// How the words of `query` are looked for.
    QueryTerms {
        /// Each word stands somewhere.
        AllTerms,
        /// One of the words stands somewhere.
        AnyTerm,
        /// The whole text stands somewhere.
        Phrase,
    }
    /// What `query` finds on a resource without searched columns.
    QueryNone {
        /// Nothing.
        Empty,
        /// Everything, as if it had not been sent.
        Ignore,
    }
    /// What whole records show of composite columns that are not expanded.
    Unexpanded {
        /// Their text or the number of the file.
        Reference,
        /// Nothing.
        Omit,
    }
    /// The type of custom fields in answers.
    ExtdataValues {
        /// Always text.
        Text,
        /// As they were written.
        Json,
    }
    /// The shape of the answer to `count`.
    CountShape {
        /// `{"count": 3}`
        Object,
        /// `3`
        Number,
        /// `"3"`
        Text,
        /// `{"data": [], "count": 3}`
        Wrapper,
    }
    /// The line ends of CSV.
    CsvEol {
        /// As RFC 4180 has them.
        CrLf,
        /// As Unix has them.
        Lf,
    }
    /// The status of a broken rule of a table.
    RuleStatus {
        /// 500
        InternalServerError,
        /// 400
        BadRequest,
        /// 409
        Conflict,
    }
    /// What an entity tag is made of.
    EtagContent {
        /// The stored row.
        Row,
        /// The moment of the last change, so that two changes within a second share it.
        LastModified,
    }
    /// Whether redirect URIs are compared.
    RedirectCheck {
        /// With the list of the application and with that of the code.
        Strict,
        /// Not at all.
        Off,
    }
    /// Where a client may put its identifier and secret.
    ClientAuth {
        /// In either place.
        Either,
        /// In the Basic header alone.
        Basic,
        /// In the body alone.
        Body,
    }
    /// What the page behind `authorize` does. The program asks; the library's default is `Auto`, since a test that
    /// embeds it has no person at hand.
    Authorize {
        /// It consents at once: as the user of the session cookie, else as the demo user.
        Auto,
        /// It lets a user sign in and asks for consent, as the service does.
        Form,
    }
}

/// All switches. Start from the default and set what a test needs:
///
/// ```
/// use zeyos_emulator::{CountShape, Switches};
///
/// let mut switches = Switches::default();
/// switches.count_shape = CountShape::Number;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Switches {
    /// `filter` on a foreign key.
    pub filter_fk: FilterFk,
    /// Both `filter` and `filters` sent.
    pub both_filters: BothFilters,
    /// A member of the list body that is not known.
    pub unknown_member: Unknown,
    /// The text about a column that a resource lacks.
    pub bad_column: BadColumn,
    /// A column that is not known, on a write.
    pub unknown_write: Unknown,
    /// A read-only column on a write.
    pub readonly_write: Unknown,
    /// `ID` in a create.
    pub create_id: CreateId,
    /// A limit above 10000.
    pub limit_over: LimitOver,
    /// The place of nulls.
    pub nulls: Nulls,
    /// Comparisons with null.
    pub null_filter: NullFilter,
    /// NOT with several operands.
    pub not_many: NotMany,
    /// The words of `query`.
    pub query_terms: QueryTerms,
    /// `query` without searched columns.
    pub query_none: QueryNone,
    /// Composite columns of whole records.
    pub unexpanded: Unexpanded,
    /// Types of custom fields.
    pub extdata_values: ExtdataValues,
    /// Whether lists answer tags when asked.
    pub list_tags: bool,
    /// Whether `records` keeps tags.
    pub record_tags: bool,
    /// The shape of counts.
    pub count_shape: CountShape,
    /// Line ends of CSV.
    pub csv_eol: CsvEol,
    /// Whether CSV begins with a byte order mark.
    pub csv_bom: bool,
    /// Whether a create draws an empty number from its counter.
    pub auto_number: bool,
    /// The status of a broken rule.
    pub rule_status: RuleStatus,
    /// Whether permissions and owners are checked; off, everybody may do everything.
    pub permissions: bool,
    /// What an entity tag is made of.
    pub etag: EtagContent,
    /// Whether a new grant ends the earlier tokens of the same user and application.
    pub one_token_per_app: bool,
    /// How long a used refresh token is answered once more, with the same pair; in whole seconds, 0 for never.
    pub refresh_grace: Duration,
    /// Whether a used refresh token that comes again ends the tokens of the same user and application.
    pub reuse_ends_family: bool,
    /// Whether `/introspect` still calls a used refresh token active.
    pub spent_looks_active: bool,
    /// How long an authorization code lives.
    pub code_ttl: Duration,
    /// Whether redirect URIs are compared.
    pub redirect_check: RedirectCheck,
    /// Where client credentials may stand.
    pub client_auth: ClientAuth,
    /// The consent page.
    pub authorize: Authorize,
    /// Whether the legacy login sets `ZEYOSID`.
    pub cookie_on_login: bool,
    /// Whether `/auth/v1/token` exists.
    pub password_token: bool,
    /// How long a password token lives.
    pub password_token_ttl: Duration,
    /// How long an access token lives, in whole seconds.
    pub access_token_ttl: Duration,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            filter_fk: FilterFk::Honour,
            both_filters: BothFilters::And,
            unknown_member: Unknown::Ignore,
            bad_column: BadColumn::Opaque,
            unknown_write: Unknown::Reject,
            readonly_write: Unknown::Ignore,
            create_id: CreateId::ConflictIfUsed,
            limit_over: LimitOver::Clamp,
            nulls: Nulls::Postgres,
            null_filter: NullFilter::IsNull,
            not_many: NotMany::NotAnd,
            query_terms: QueryTerms::AllTerms,
            query_none: QueryNone::Empty,
            unexpanded: Unexpanded::Reference,
            extdata_values: ExtdataValues::Text,
            list_tags: true,
            record_tags: true,
            count_shape: CountShape::Object,
            csv_eol: CsvEol::CrLf,
            csv_bom: false,
            auto_number: true,
            rule_status: RuleStatus::InternalServerError,
            permissions: false,
            etag: EtagContent::Row,
            one_token_per_app: true,
            refresh_grace: Duration::ZERO,
            reuse_ends_family: false,
            spent_looks_active: false,
            code_ttl: Duration::from_secs(60),
            redirect_check: RedirectCheck::Strict,
            client_auth: ClientAuth::Either,
            authorize: Authorize::Auto,
            cookie_on_login: false,
            password_token: true,
            password_token_ttl: Duration::from_secs(86_400),
            access_token_ttl: Duration::from_secs(3600),
        }
    }
}
