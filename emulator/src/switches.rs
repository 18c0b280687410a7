//! How the emulator behaves where no one knows what the service does. Each switch answers one question; its default
//! is the documented guess. This file holds the switches and their names, and does nothing with them.

pub(crate) mod choices;
mod cors;
mod profile;
pub(crate) mod setting;

use std::time::Duration;

pub use choices::*;
pub use cors::CorsOrigin;
pub use profile::Profile;
pub use setting::{Choice, Switch};

use setting::switch_set;

/// The switches as a list: `guess` where the service is unknown, `known` where a document says what it does; then name and
/// type, and the value of the profiles documented, strict and lenient. The names are those of the flag, the configuration file and the
/// control route.
macro_rules! switches {
    ($($(#[doc = $about:literal])+ $standing:ident $name:ident: $kind:ty = $documented:expr, $strict:expr, $lenient:expr;)+) => {
        switch_set! {
            /// All switches. Start from the default and set what a test needs:
            ///
            /// ```
            /// use zeyos_emulator::Switches;
            /// use zeyos_emulator::switches::CountShape;
            ///
            /// # fn main() -> Result<(), zeyos_emulator::ConfigError> {
            /// let mut switches = Switches::default();
            /// switches.count_shape = CountShape::Number;
            /// switches.set("rule_status", "400")?;
            /// # Ok(())
            /// # }
            /// ```
            Switches {
                $($(#[doc = $about])+ $standing $name: $kind,)+
            }
        }

        /// As the documents say, but for one: a test that embeds the library has no person at hand, so no one is asked for
        /// consent.
        impl Default for Switches {
            fn default() -> Self {
                Self { authorize: Authorize::Auto, ..Self::profile(Profile::Documented) }
            }
        }

        impl Switches {
            /// All switches as a profile has them.
            #[must_use]
            pub fn profile(profile: Profile) -> Self {
                match profile {
                    Profile::Documented => Self { $($name: $documented,)+ },
                    Profile::Strict => Self { $($name: $strict,)+ },
                    Profile::Lenient => Self { $($name: $lenient,)+ },
                }
            }
        }
    };
}

switches! {
    /// `filter` on a foreign key.
    guess filter_fk: FilterFk = FilterFk::Honour, FilterFk::Ignore, FilterFk::Honour;
    /// The list member `filter`, which one document has alone.
    guess filter: FilterMember = FilterMember::Honour, FilterMember::Ignore, FilterMember::Honour;
    /// Both `filter` and `filters` sent.
    guess both_filters: BothFilters = BothFilters::And, BothFilters::Reject, BothFilters::And;
    /// A member of the list body that is not known.
    guess unknown_member: Unknown = Unknown::Ignore, Unknown::Reject, Unknown::Ignore;
    /// The text about a column that a resource lacks.
    guess bad_column: BadColumn = BadColumn::Opaque, BadColumn::Opaque, BadColumn::Named;
    /// The texts of errors that the published samples have.
    known error_texts: ErrorTexts = ErrorTexts::Published, ErrorTexts::Published, ErrorTexts::Explained;
    /// A column that is not known, on a write.
    guess unknown_write: Unknown = Unknown::Reject, Unknown::Reject, Unknown::Ignore;
    /// A read-only column on a write.
    guess readonly_write: ReadonlyWrite = ReadonlyWrite::Ignore, ReadonlyWrite::Reject, ReadonlyWrite::Ignore;
    /// An update without a body, or with one that holds nothing to store.
    guess empty_update: EmptyUpdate = EmptyUpdate::Reject, EmptyUpdate::Reject, EmptyUpdate::Noop;
    /// `ID` in a create.
    guess create_id: CreateId = CreateId::ConflictIfUsed, CreateId::AlwaysConflict, CreateId::ConflictIfUsed;
    /// The `ID` of a deleted record on a write.
    guess gone: Gone = Gone::Never, Gone::DeletedIds, Gone::Never;
    /// Records whose delete is answered with 409, each as `resource/ID`, such as `tickets/5`.
    guess undeletable: Vec<String> = Vec::new(), Vec::new(), Vec::new();
    /// `ownergroup` in a create of a campaign.
    guess campaign_owner: Presence = Presence::Optional, Presence::Required, Presence::Optional;
    /// A limit above 10000.
    guess limit_over: LimitOver = LimitOver::Clamp, LimitOver::Reject, LimitOver::Clamp;
    /// Rows between which `sort` does not decide.
    guess default_order: DefaultOrder = DefaultOrder::Id, DefaultOrder::Random, DefaultOrder::Id;
    /// How texts sort and compare.
    guess text_order: TextOrder = TextOrder::CodePoints, TextOrder::Locale, TextOrder::CodePoints;
    /// The place of nulls.
    guess nulls: Nulls = Nulls::Postgres, Nulls::Sqlite, Nulls::Postgres;
    /// How many foreign keys a column path may follow; a longer one is answered with 400. At 0 nothing is joined.
    guess join_depth: u32 = 1, 1, 3;
    /// Keys of joined columns without an alias.
    guess dotted: Dotted = Dotted::Flat, Dotted::Nested, Dotted::Flat;
    /// Keys of custom fields without an alias.
    guess extdata_keys: ExtdataKeys = ExtdataKeys::Path, ExtdataKeys::Underscore, ExtdataKeys::Path;
    /// Columns of the tables that the documents do not have, in lists. Passwords and secrets are never read.
    guess hidden_columns: HiddenColumns = HiddenColumns::Reject, HiddenColumns::Reject, HiddenColumns::Read;
    /// Comparisons with null.
    guess null_filter: NullFilter = NullFilter::IsNull, NullFilter::Never, NullFilter::IsNull;
    /// NOT with several operands.
    guess not_many: NotMany = NotMany::NotAnd, NotMany::Nor, NotMany::NotAnd;
    /// The words of `query`.
    guess query: QueryTerms = QueryTerms::AllTerms, QueryTerms::Phrase, QueryTerms::AnyTerm;
    /// `query` without searched columns.
    guess query_none: QueryNone = QueryNone::Empty, QueryNone::Ignore, QueryNone::Empty;
    /// Ranges of times without an index in a filter.
    guess unindexed_window: UnindexedWindow = UnindexedWindow::Ok, UnindexedWindow::ServiceUnavailable, UnindexedWindow::Ok;
    /// Whether `calculation` is a column of contracts and tickets; the documents have it, the table reference does not.
    /// Read when the emulator starts.
    guess extra_columns: bool = true, false, true;
    /// Composite columns of whole records.
    guess unexpanded: Unexpanded = Unexpanded::Reference, Unexpanded::Omit, Unexpanded::Reference;
    /// Types of custom fields.
    guess extdata_values: ExtdataValues = ExtdataValues::Text, ExtdataValues::Text, ExtdataValues::Json;
    /// Whether lists answer all custom fields when asked by `extdata`; by name they always do.
    guess list_extdata: bool = true, false, true;
    /// Whether `users` has custom fields.
    guess user_extdata: bool = false, false, true;
    /// Whether lists answer tags when asked.
    guess list_tags: bool = true, false, true;
    /// Whether `records` keeps tags.
    guess record_tags: bool = true, false, true;
    /// The shape of counts.
    guess count_shape: CountShape = CountShape::Object, CountShape::Number, CountShape::Object;
    /// Line ends of CSV.
    guess csv_eol: CsvEol = CsvEol::CrLf, CsvEol::Lf, CsvEol::CrLf;
    /// Whether CSV begins with a byte order mark.
    guess csv_bom: bool = false, true, false;
    /// Whether a create draws an empty number from its counter.
    guess auto_number: bool = true, false, true;
    /// The status of a broken rule.
    guess rule_status: RuleStatus = RuleStatus::InternalServerError, RuleStatus::InternalServerError, RuleStatus::BadRequest;
    /// Whether permissions and owners are checked. Off, everyone may do everything.
    guess permissions: bool = false, true, false;
    /// What an entity tag is made of.
    guess etag: EtagContent = EtagContent::Row, EtagContent::LastModified, EtagContent::Row;
    /// How long before it can be seen a written row got its `lastmodified`, as in a transaction that took so long; in whole
    /// seconds.
    guess commit_delay: Duration = Duration::ZERO, Duration::from_secs(60), Duration::ZERO;
    /// Whether a new grant ends the earlier tokens of the same user and application.
    guess one_token_per_app: bool = true, true, false;
    /// How long a used refresh token is answered once more, with the same pair; in whole seconds, 0 for never.
    guess refresh_grace: Duration = Duration::ZERO, Duration::ZERO, Duration::from_secs(60);
    /// Whether a used refresh token that comes again ends the tokens of the same user and application.
    guess reuse_ends_family: bool = false, true, false;
    /// Whether `/introspect` still calls a used refresh token active.
    guess spent_looks_active: bool = false, true, false;
    /// Whether `/introspect` calls refresh tokens inactive that are not.
    guess introspect_lies: bool = false, true, false;
    /// How long an authorization code lives.
    guess code_ttl: Duration = Duration::from_secs(60), Duration::from_secs(10), Duration::from_secs(600);
    /// Whether a used code that comes again ends the tokens that it gave.
    guess replay_ends_tokens: bool = false, true, false;
    /// Whether a wrong code verifier uses the code up.
    guess wrong_verifier_burns_code: bool = false, true, false;
    /// Whether a new code ends the unused ones of the same user and application.
    guess one_code_per_app: bool = false, true, false;
    /// Whether redirect URIs are compared.
    guess redirect_check: RedirectCheck = RedirectCheck::Strict, RedirectCheck::Strict, RedirectCheck::Off;
    /// Where client credentials may stand.
    guess client_auth: ClientAuth = ClientAuth::Either, ClientAuth::Basic, ClientAuth::Either;
    /// Parameters of a token request in the query of its URL.
    guess token_query: TokenQuery = TokenQuery::Reject, TokenQuery::Reject, TokenQuery::Accept;
    /// How many wrong passwords in a row lock a user out for a quarter of an hour, the right one included; 0 for never.
    guess lockout: u32 = 0, 5, 0;
    /// The consent page.
    guess authorize: Authorize = Authorize::Form, Authorize::Form, Authorize::Auto;
    /// Whether the legacy login sets `ZEYOSID`.
    guess cookie_on_login: bool = false, false, true;
    /// Whether `/auth/v1/token` sets `ZEYOSID`.
    guess cookie_on_token: bool = false, false, true;
    /// Whether the legacy login answers null for an end that was not sent.
    guess expdate_null: bool = false, true, false;
    /// Whether `/auth/v1/token` exists.
    guess password_token: bool = true, true, true;
    /// How long a password token lives.
    guess password_token_ttl: Duration = Duration::from_secs(86_400), Duration::from_secs(3600), Duration::from_secs(86_400);
    /// How long an access token lives, in whole seconds.
    known access_token_ttl: Duration = Duration::from_secs(3600), Duration::from_secs(3600), Duration::from_secs(3600);
    /// The origin whose scripts may ask and read, such as `https://app.example`; `*` for every origin, empty for none.
    known cors_origin: CorsOrigin = CorsOrigin::any(), CorsOrigin::any(), CorsOrigin::any();
    /// Whether such scripts may send and get cookies.
    guess cors_credentials: bool = false, false, true;
    /// Whether such scripts may read `ETag`, `Retry-After`, `WWW-Authenticate`, `Content-Location` and `Last-Modified`.
    guess cors_expose: bool = true, false, true;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_takes_its_own_value_and_each_of_its_choices() {
        for switch in Switches::default().list() {
            let mut switches = Switches::default();
            switches.set(switch.name, &switch.value).unwrap();
            assert_eq!(switches, Switches::default(), "{}", switch.name);
            for choice in &switch.choices {
                switches.set(switch.name, choice.name).unwrap();
                let now = switches.list().into_iter().find(|now| now.name == switch.name).unwrap();
                assert_eq!(now.value, choice.name, "{}", switch.name);
            }
        }
    }

    #[test]
    fn flags_may_be_said_in_two_ways_and_times_are_whole_seconds() {
        let mut switches = Switches::default();
        switches.set("csv_bom", "true").unwrap();
        switches.set("code_ttl", "5").unwrap();
        assert!(switches.csv_bom && switches.code_ttl == Duration::from_secs(5));
        assert!(switches.set("code_ttl", "-5").unwrap_err().to_string().contains("whole seconds"));
    }

    #[test]
    fn what_is_not_known_is_told_with_what_there_is() {
        let mut switches = Switches::default();
        let error = switches.set("filter_kf", "ignore").unwrap_err().to_string();
        assert!(error.starts_with("no switch is called \"filter_kf\"; did you mean \"filter_fk\"?"), "{error}");
        let error = switches.set("rule_status", "418").unwrap_err().to_string();
        assert_eq!(error, "\"418\" is not a value of \"rule_status\"; allowed are 500, 400, 409");
    }
}
