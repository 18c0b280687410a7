//! Values with secrets at any depth, and what a secret writes of itself: nothing, unless a request is about to be sent.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;

use crate::model::{Json, Wire};
use crate::redact::{self, Outline};
use crate::secret::Secret;

/// A value with secrets somewhere in it. They stay [`Secret`]s until the request is written, so that no copy of them lies in a body
/// that is not sent yet.
#[derive(Clone)]
pub struct Confidential(Arc<dyn Written>);

trait Written: Send + Sync {
    fn written(&self) -> Json;
}

impl<T: Wire + Send + Sync> Written for T {
    fn written(&self) -> Json {
        self.to_member().unwrap_or(Json::Null)
    }
}

impl Confidential {
    /// Takes a value as it stands.
    pub fn new(value: impl Wire + Send + Sync + 'static) -> Self {
        Confidential(Arc::new(value))
    }

    /// The value as it is sent, secrets included.
    pub(crate) fn sent(&self) -> Json {
        self.written(Secrets::Sent).0
    }

    /// The value for people, secrets replaced.
    pub(crate) fn shown(&self, name: &str) -> Json {
        redact::member(name, &self.written(Secrets::Replaced).0)
    }

    /// The secrets in it: those that are such by their type, and those that are by a name.
    pub(crate) fn secrets(&self, name: &str) -> Vec<Secret> {
        let (value, mut secrets) = self.written(Secrets::Sent);
        redact::collect(name, &value, &mut secrets);
        secrets
    }

    fn written(&self, secrets: Secrets) -> (Json, Vec<Secret>) {
        let scope = Scope::of(secrets);
        let value = self.0.written();
        (value, scope.finish())
    }
}

/// A value as it is sent, secrets included.
#[cfg(feature = "validate")]
pub(crate) fn sent(value: &impl Wire) -> Json {
    let scope = Scope::of(Secrets::Sent);
    let written = value.to_member().unwrap_or(Json::Null);
    drop(scope);
    written
}

/// Equal is what would be sent.
impl PartialEq for Confidential {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.sent() == other.sent()
    }
}

/// Which members there are and of what kind, without any text.
impl fmt::Debug for Confidential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Outline(&self.written(Secrets::LeftOut).0).fmt(f)
    }
}

/// What becomes of a secret where a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    LeftOut,
    Replaced,
    Sent,
}

thread_local! {
    // `Wire` passes no context down to the values inside of a value; writing never leaves its thread.
    static WRITING: Cell<Secrets> = const { Cell::new(Secrets::LeftOut) };
    static WRITTEN: RefCell<Vec<Secret>> = const { RefCell::new(Vec::new()) };
}

/// What a secret writes in place of itself.
pub(crate) fn of_secret(secret: &Secret) -> Json {
    match WRITING.get() {
        Secrets::LeftOut => Json::Null,
        Secrets::Replaced => redact::REDACTED.into(),
        Secrets::Sent => {
            WRITTEN.with_borrow_mut(|written| written.push(secret.clone()));
            secret.expose().into()
        }
    }
}

/// The time in which secrets write themselves in this way. What held before holds again afterwards, also after a panic.
struct Scope {
    outer: Secrets,
    written: Vec<Secret>,
}

impl Scope {
    fn of(secrets: Secrets) -> Self {
        Scope { outer: WRITING.replace(secrets), written: WRITTEN.take() }
    }

    /// The secrets that were written.
    fn finish(self) -> Vec<Secret> {
        WRITTEN.take()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        WRITING.set(self.outer);
        WRITTEN.set(std::mem::take(&mut self.written));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Login {
        name: String,
        code: Option<Option<Secret>>,
        old: Vec<Secret>,
    }
    crate::object!(Login { 0: name = "name", 1: code = "code" three_states, 2: old = "old" });

    fn logins() -> Confidential {
        let login = |code| Login { name: "mara".to_owned(), code, old: vec!["hunter2".into(), "hunter3".into()] };
        let map = [("a", login(Some(Some("s3".into())))), ("b", login(Some(None))), ("c", login(None))];
        Confidential::new(map.map(|(key, login)| (key.to_owned(), vec![login])).into_iter().collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn secrets_at_any_depth_are_sent_and_shown_nowhere() {
        let value = logins();
        let sent = value.sent();
        assert_eq!(sent["a"], json!([{"name": "mara", "code": "s3", "old": ["hunter2", "hunter3"]}]));
        assert_eq!((&sent["b"][0]["code"], sent["c"][0].get("code")), (&Json::Null, None));
        let shown = value.shown("logins");
        assert_eq!(shown["a"], json!([{"name": "mara", "code": "[redacted]", "old": ["[redacted]", "[redacted]"]}]));
        let printed = format!("{value:?} {value:#?}");
        assert!(!printed.contains("hunter2") && !printed.contains("s3") && !printed.contains("mara"), "{printed}");
        assert_eq!(value.secrets("logins").len(), 7);
        assert_eq!(Secret::new("hunter2").to_json(), Json::Null);
    }

    #[test]
    fn what_can_only_be_read_is_never_written() {
        #[derive(Debug, Clone, PartialEq)]
        struct Badge {
            id: Option<String>,
            seen: Option<Option<i64>>,
            name: String,
        }
        crate::object!(Badge { 0: id = "id" read_only, 1: seen = "seen" read_only_or_null, 2: name = "name" });
        let badge = Badge::read(json!({"id": "7", "seen": null, "name": "mara"})).unwrap().unwrap();
        assert_eq!((badge.id.as_deref(), badge.seen), (Some("7"), Some(None)));
        assert_eq!(badge.to_json(), json!({"name": "mara"}));
        assert_eq!(Badge::read(json!({"name": "mara"})).unwrap().unwrap().seen, None);
    }

    #[test]
    fn null_is_a_value_of_a_member_that_may_be_anything() {
        #[derive(Debug, Clone, PartialEq)]
        struct Change {
            before: Option<Json>,
            after: Json,
            more: Vec<Json>,
        }
        crate::object!(Change { 0: before = "before", 1: after = "after", 2: more = "more" });
        let read =
            |wire: Json| Change::read(wire.clone()).map(|change| (change.clone().unwrap().to_json() == wire, change));
        let (is_same, change) = read(json!({"before": null, "after": null, "more": [null, 1]})).unwrap();
        assert!(is_same && change.unwrap().before == Some(Json::Null));
        let (is_same, change) = read(json!({"after": 1, "more": []})).unwrap();
        assert!(is_same && change.unwrap().before.is_none());
        assert!(read(json!({"more": []})).is_err());
    }

    #[test]
    fn a_panic_while_writing_leaves_no_secret_open() {
        struct Breaks;
        impl Wire for Breaks {
            fn read<'de, D: serde::Deserializer<'de>>(_: D) -> Result<Option<Self>, D::Error> {
                Ok(None)
            }
            fn empty() -> Self {
                Breaks
            }
            fn to_json(&self) -> Json {
                panic!("broken")
            }
        }
        let value = Confidential::new(Breaks);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| value.sent())).is_err());
        assert_eq!(Secret::new("hunter2").to_json(), Json::Null);
    }

    #[test]
    fn what_is_read_is_written_as_it_came() {
        let wire = json!({"name": "mara", "code": "s3", "old": ["a"]});
        let login = Login::read(wire.clone()).unwrap().unwrap();
        assert!(!format!("{login:?}").contains("s3"));
        assert_eq!(Confidential::new(login).sent(), wire);
    }
}
