//! Tables of the emulator itself, beside those of the service: custom fields, tags, file contents, counters,
//! numbers of deleted records, tokens, logins. Their names begin with an underscore, so that no list can name them.

/// Creates them in a new database.
pub(crate) const TABLES: &str = "
CREATE TABLE _meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE _config (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE _counters (entity TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE _contents (binfile INTEGER PRIMARY KEY REFERENCES binfiles(ID) ON DELETE CASCADE, content BLOB NOT NULL) STRICT;
CREATE TABLE _deleted (entity TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (entity, record)) STRICT, WITHOUT ROWID;
CREATE TABLE _extdata (
    entity TEXT NOT NULL, record INTEGER NOT NULL, name TEXT NOT NULL CHECK (text_class('filled-line', name)),
    text TEXT NOT NULL, number REAL, json TEXT NOT NULL,
    PRIMARY KEY (entity, record, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE _tags (
    entity TEXT NOT NULL, record INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (text_class('filled-line', name) AND NOT text_matches('^/|/$|//', name)),
    PRIMARY KEY (entity, record, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE _sessions (id TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(ID) ON DELETE CASCADE, expires INTEGER NOT NULL) STRICT;
CREATE TABLE _logins (
    id TEXT PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES users(ID) ON DELETE CASCADE,
    tries INTEGER NOT NULL, expires INTEGER NOT NULL
) STRICT;
CREATE TABLE _codes (
    code TEXT PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES users(ID) ON DELETE CASCADE,
    application INTEGER NOT NULL REFERENCES applications(ID) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL, challenge TEXT, expires INTEGER NOT NULL,
    -- The family of the tokens that it gave; none before.
    family TEXT
) STRICT;
CREATE TABLE _tokens (
    token TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh', 'login', 'password')),
    user INTEGER NOT NULL REFERENCES users(ID) ON DELETE CASCADE,
    application INTEGER REFERENCES applications(ID) ON DELETE CASCADE,
    family TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE TABLE _wrong_passwords (
    user INTEGER PRIMARY KEY REFERENCES users(ID) ON DELETE CASCADE, count INTEGER NOT NULL, last INTEGER NOT NULL
) STRICT;
CREATE TABLE _spent (
    token TEXT PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES users(ID) ON DELETE CASCADE,
    application INTEGER NOT NULL REFERENCES applications(ID) ON DELETE CASCADE,
    access TEXT NOT NULL, refresh TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX _tokens_family ON _tokens (family);
CREATE INDEX _tokens_user ON _tokens (user, application);
-- Once for all tables, since each trigger costs time when the emulator starts.
CREATE TRIGGER _with_the_record AFTER INSERT ON _deleted BEGIN
    DELETE FROM _extdata WHERE entity = NEW.entity AND record = NEW.record;
    DELETE FROM _tags WHERE entity = NEW.entity AND record = NEW.record;
END;
";

/// The names of these tables.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLES.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next())
}
