//! A headless Chromium of the test's own, driven over WebDriver (W3C). Driver, browser and profile are gone when the
//! test ends, also when it panics.

mod wire;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::folder::Folder;
use wire::Wire;

const INSTALL: &str = "sudo apt-get install --yes --no-install-recommends chromium chromium-driver";

/// How often is looked whether something has happened on a page, and how long is waited in between.
const LOOKS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(20);

/// The key of WebDriver for the reference of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that are not text.
pub(super) const TAB: &str = "\u{e004}";
pub(super) const ENTER: &str = "\u{e007}";

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scripts {
    On,
    Off,
}

pub(super) struct Chrome {
    // In the order in which they end: the session, the programs, the folder that they write to.
    session: Option<(Wire, String)>,
    _driver: Group,
    profile: Folder,
}

impl Chrome {
    pub(super) fn start() -> Self {
        Chrome::with(Scripts::On)
    }

    pub(super) fn with(scripts: Scripts) -> Self {
        Chrome::launched(scripts, None)
    }

    /// With the extension of this folder.
    pub(super) fn with_extension(folder: &Path) -> Self {
        Chrome::launched(Scripts::On, Some(folder))
    }

    fn launched(scripts: Scripts, extension: Option<&Path>) -> Self {
        let profile = Folder::new("chromium");
        let (driver, port) = Group::start(&profile);
        let mut chrome = Chrome { session: None, _driver: driver, profile };
        let wire = Wire::to(port);
        let wanted = chrome.capabilities(scripts, extension);
        let wanted = json!({ "capabilities": { "alwaysMatch": wanted } });
        let answer = wire.try_ask("POST", "/session", &wanted);
        let id = answer.as_ref().ok().and_then(|(_, answer)| answer["value"]["sessionId"].as_str());
        let id = id.unwrap_or_else(|| panic!("chromium cannot be started ({answer:?}); run `{INSTALL}`"));
        chrome.session = Some((wire, id.to_owned()));
        chrome
    }

    fn capabilities(&self, scripts: Scripts, extension: Option<&Path>) -> Value {
        let profile = format!("--user-data-dir={}", self.profile.path().join("profile").display());
        let extension = extension.map(|folder| format!("--load-extension={}", folder.display()));
        let mut arguments =
            vec!["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--disable-breakpad", "--no-first-run"];
        // Tests with several tabs cannot wait for those that are not seen.
        arguments.push("--disable-background-timer-throttling");
        arguments.push("--disable-backgrounding-occluded-windows");
        arguments.push("--disable-renderer-backgrounding");
        arguments.push(&profile);
        arguments.extend(extension.as_deref());
        // The sandbox of Chromium refuses to work for root.
        if std::fs::metadata(self.profile.path()).unwrap().uid() == 0 {
            arguments.push("--no-sandbox");
        }
        let content = if scripts == Scripts::Off { json!({ "javascript": 2 }) } else { json!({}) };
        let preferences = json!({ "profile": { "managed_default_content_settings": content } });
        // The driver forbids extensions unless it is told otherwise.
        let without: &[&str] = if extension.is_some() { &["disable-extensions"] } else { &[] };
        let options = json!({ "args": arguments, "prefs": preferences, "excludeSwitches": without });
        json!({ "browserName": "chrome", "goog:chromeOptions": options })
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let (wire, id) = self.session.as_ref().unwrap();
        wire.ask(method, &format!("/session/{id}{path}"), body)
    }

    pub(super) fn goto(&self, url: &str) {
        self.ask("POST", "/url", &json!({ "url": url }));
    }

    pub(super) fn url(&self) -> String {
        self.ask("GET", "/url", &Value::Null).as_str().unwrap().to_owned()
    }

    pub(super) fn title(&self) -> String {
        self.ask("GET", "/title", &Value::Null).as_str().unwrap().to_owned()
    }

    /// The elements that a CSS selector finds.
    fn find(&self, selector: &str) -> Vec<String> {
        let found = self.ask("POST", "/elements", &json!({ "using": "css selector", "value": selector }));
        found.as_array().unwrap().iter().map(|element| element[ELEMENT].as_str().unwrap().to_owned()).collect()
    }

    fn only(&self, selector: &str) -> String {
        let found = self.find(selector);
        assert_eq!(found.len(), 1, "{selector} at {}", self.url());
        found.into_iter().next().unwrap()
    }

    pub(super) fn has(&self, selector: &str) -> bool {
        !self.find(selector).is_empty()
    }

    /// The visible text of an element.
    pub(super) fn text(&self, selector: &str) -> String {
        let element = self.only(selector);
        self.ask("GET", &format!("/element/{element}/text"), &Value::Null).as_str().unwrap().to_owned()
    }

    /// What is written in a field.
    pub(super) fn value(&self, selector: &str) -> String {
        let element = self.only(selector);
        self.ask("GET", &format!("/element/{element}/property/value"), &Value::Null).as_str().unwrap().to_owned()
    }

    pub(super) fn click(&self, selector: &str) {
        let element = self.only(selector);
        self.ask("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Clicks the button of a form that does this.
    pub(super) fn act(&self, action: &str) {
        self.click(&format!("button[value={action}]"));
    }

    pub(super) fn write(&self, selector: &str, text: &str) {
        let element = self.only(selector);
        self.ask("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(super) fn press(&self, keys: &str) {
        let strokes = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() })));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes.collect::<Vec<_>>() });
        self.ask("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// The name, id or text of the element that has the focus.
    pub(super) fn focus(&self) -> String {
        let script = "const at = document.activeElement; return at.id || at.value || at.textContent";
        self.script(script).as_str().unwrap().to_owned()
    }

    pub(super) fn script(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What an expression of the page comes to in the end, or the message of what it throws.
    pub(super) fn promised(&self, expression: &str) -> Result<Value, String> {
        let script = format!(
            "return (async () => ({expression}))().then(value => ({{ value: value ?? null }}), \
             error => ({{ error: String(error?.message ?? error) }}))"
        );
        let mut outcome = self.script(&script);
        match outcome["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(outcome["value"].take()),
        }
    }

    /// The tab at hand.
    pub(super) fn tab(&self) -> String {
        self.ask("GET", "/window", &Value::Null).as_str().unwrap().to_owned()
    }

    /// Opens another tab and turns to it; answers both, the one before first.
    pub(super) fn open_tab(&self) -> (String, String) {
        let before = self.tab();
        let opened = self.ask("POST", "/window/new", &json!({ "type": "tab" }));
        let opened = opened["handle"].as_str().unwrap().to_owned();
        self.turn_to(&opened);
        (before, opened)
    }

    /// Duplicates the tab at hand, as the browser does for a person: with what is in its `sessionStorage`. Turns to the duplicate.
    pub(super) fn duplicate_tab(&self) -> (String, String) {
        let before = self.tab();
        let all = || self.ask("GET", "/window/handles", &Value::Null).as_array().unwrap().clone();
        let known = all();
        self.script("window.open(location.href)");
        self.until("the duplicate", || all().len() > known.len());
        let copy = all().into_iter().find(|tab| !known.contains(tab)).unwrap().as_str().unwrap().to_owned();
        self.turn_to(&copy);
        (before, copy)
    }

    pub(super) fn turn_to(&self, tab: &str) {
        self.ask("POST", "/window", &json!({ "handle": tab }));
    }

    /// Closes the tab at hand, whatever it is doing, and turns to another one.
    pub(super) fn close_tab(&self, other: &str) {
        self.ask("DELETE", "/window", &Value::Null);
        self.turn_to(other);
    }

    /// Moves the mouse from one element to another with its button held down. The browser takes its time to see that something is
    /// dragged, and over what.
    pub(super) fn drag(&self, from: &str, to: &str) {
        let at = |selector: &str| json!({ ELEMENT: self.only(selector) });
        let pause = json!({ "type": "pause", "duration": 150 });
        let move_to = |selector: &str, y: i32| json!({ "type": "pointerMove", "duration": 100, "origin": at(selector), "x": 0, "y": y });
        let mut steps = vec![move_to(from, 0), json!({ "type": "pointerDown", "button": 0 })];
        for (selector, y) in [(from, 4), (from, 8), (to, 0), (to, 1), (to, 2), (to, 3)] {
            steps.extend([move_to(selector, y), pause.clone()]);
        }
        steps.push(json!({ "type": "pointerUp", "button": 0 }));
        let mouse =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": steps });
        self.ask("POST", "/actions", &json!({ "actions": [mouse] }));
    }

    /// A command of the DevTools protocol.
    pub(super) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// A cookie of the page at hand.
    pub(super) fn cookie(&self, name: &str) -> Option<Value> {
        let cookies = self.ask("GET", "/cookie", &Value::Null);
        cookies.as_array().unwrap().iter().find(|cookie| cookie["name"] == name).cloned()
    }

    /// Waits until something holds.
    pub(super) fn until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..LOOKS {
            if holds() {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        panic!("{what}: not at {}", self.url());
    }

    /// Waits for a heading. While a page gives way to the next one, an element that was found may be gone when it is read.
    pub(super) fn until_heading(&self, text: &str) {
        let (wire, id) = self.session.as_ref().unwrap();
        let told = |element: &String| {
            let path = format!("/session/{id}/element/{element}/text");
            wire.try_ask("GET", &path, &Value::Null).is_ok_and(|(_, answer)| answer["value"] == text)
        };
        self.until(text, || self.find("h1").iter().any(told));
    }

    /// Keeps a picture of the page for people, if they have asked for it by naming a folder in `ZEYOS_SCREENSHOTS`.
    pub(super) fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("ZEYOS_SCREENSHOTS") else { return };
        let shot = self.ask("GET", "/screenshot", &Value::Null);
        let bytes = base64::engine::general_purpose::STANDARD.decode(shot.as_str().unwrap()).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(format!("{folder}/{name}.png"), bytes).unwrap();
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        if let Some((wire, id)) = self.session.take() {
            // The driver ends its browser; whatever is left is ended with the group.
            let _ = wire.try_ask("DELETE", &format!("/session/{id}"), &Value::Null);
        }
    }
}

/// The driver with all programs that it has started.
struct Group(Child);

impl Group {
    /// Starts it; answers the port that it has found.
    fn start(folder: &Folder) -> (Self, u16) {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").process_group(0).env("HOME", folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let started = command.spawn();
        let mut child =
            started.unwrap_or_else(|error| panic!("chromedriver cannot be started ({error}); run `{INSTALL}`"));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let group = Group(child);
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
        });
        (group, port.expect("chromedriver names its port"))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The driver leads the group; until it is waited for, its number belongs to no one else.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}
