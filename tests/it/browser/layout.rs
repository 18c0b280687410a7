//! How the pages look on a phone and on a screen: nothing beside the page, nothing over something else, controls that a
//! thumb can hit, text that can be read in light and in dark.

use serde_json::{Value, json};

use super::chrome::Chrome;
use super::{Application, authorize, emulator};

/// The sizes, and whether the page is dark.
const VIEWS: [(u32, u32, bool); 3] = [(375, 667, false), (1280, 800, false), (375, 667, true)];

/// The height that a finger needs, in CSS pixels.
const FINGER: f64 = 44.0;

/// Every control and every piece of text with its box, as far as it holds no other of them.
const BOXES: &str = "
    const names = 'h1, h2, p, dt, dd, label, li, input:not([type=hidden]), select, button, a';
    const leaves = [...document.querySelectorAll(names)].filter(one => one.offsetParent);
    const shown = leaves.filter(one => !leaves.some(other => other !== one && one.contains(other)));
    return {
        page: document.documentElement.scrollWidth,
        boxes: shown.map(one => {
            const box = one.getBoundingClientRect();
            return { name: one.tagName + ' ' + (one.id || one.textContent), control: one.matches('input, select, button, a'),
                     left: box.left, top: box.top, right: box.right, bottom: box.bottom };
        }),
    };";

/// The lowest contrast of text and of the borders of fields (WCAG 2.2, 1.4.3 and 1.4.11).
const CONTRAST: &str = "
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const parts = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data]; };
    const light = colour => { const [r, g, b] = parts(colour).map(part => { const x = part / 255;
        return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ground = one => { for (; one; one = one.parentElement) { const colour = getComputedStyle(one).backgroundColor;
        if (parts(colour)[3] === 255) return colour; } return 'white'; };
    const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
    const speaks = one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const texts = [...document.body.querySelectorAll('*')].filter(one => speaks(one) && !one.matches('script, style'));
    const fields = [...document.querySelectorAll('input:not([type=hidden]), select')];
    return {
        texts: texts.map(one => ({ name: one.textContent, ratio: ratio(getComputedStyle(one).color, ground(one)) })),
        borders: fields.map(one => ({ name: one.id, ratio: ratio(getComputedStyle(one).borderTopColor, ground(one.parentElement)) })),
    };";

/// Looks at the page at hand in every size and colour.
pub(super) fn look(chrome: &Chrome, name: &str) {
    for (width, height, is_dark) in VIEWS {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        chrome.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!({ "name": "prefers-color-scheme", "value": if is_dark { "dark" } else { "light" } });
        chrome.devtools("Emulation.setEmulatedMedia", &json!({ "features": [scheme] }));
        let view = format!("{name}-{width}{}", if is_dark { "-dark" } else { "" });
        chrome.picture(&view);
        fits(&view, f64::from(width), &chrome.script(BOXES));
        is_readable(&view, &chrome.script(CONTRAST));
        audit(&view, chrome);
    }
}

/// Holds the page to the rules of axe-core too, where `ZEYOS_AXE` names the file of it: it is not part of this repository.
pub(super) fn audit(view: &str, chrome: &Chrome) {
    let Some(file) = std::env::var_os("ZEYOS_AXE") else { return };
    // What it says of each breach is in its result; a script of the driver answers a promise by its value.
    let axe = std::fs::read_to_string(file).unwrap();
    chrome.script(&format!("{axe}; window.axe = axe;"));
    let found = chrome
        .script("return axe.run(document).then(all => all.violations.map(one => one.id + ': ' + one.nodes[0].html));");
    assert_eq!(found, json!([]), "{view}");
}

fn fits(view: &str, width: f64, found: &Value) {
    assert!(found["page"].as_f64().unwrap() <= width, "{view} is {} wide", found["page"]);
    let boxes = found["boxes"].as_array().unwrap();
    assert!(boxes.len() > 2, "{view}: {found}");
    let side = |one: &Value, name: &str| one[name].as_f64().unwrap();
    for (index, one) in boxes.iter().enumerate() {
        let (left, right, top, bottom) = (side(one, "left"), side(one, "right"), side(one, "top"), side(one, "bottom"));
        assert!(left >= 0.0 && right <= width && top >= 0.0 && bottom > top && right > left, "{view}: {one}");
        let is_control = one["control"].as_bool().unwrap();
        assert!(!is_control || bottom - top >= FINGER, "{view}: too low for a finger: {one}");
        for other in &boxes[index + 1..] {
            let beside = right <= side(other, "left") || side(other, "right") <= left;
            let apart = bottom <= side(other, "top") || side(other, "bottom") <= top;
            assert!(beside || apart, "{view}: {one} lies over {other}");
        }
    }
}

fn is_readable(view: &str, found: &Value) {
    for (what, least) in [("texts", 4.5), ("borders", 3.0)] {
        for one in found[what].as_array().unwrap() {
            assert!(one["ratio"].as_f64().unwrap() >= least, "{view}: {one}");
        }
    }
    assert!(found["texts"].as_array().unwrap().len() > 2, "{view}: {found}");
}

#[test]
fn the_pages_fit_a_phone_and_a_screen() {
    let (zeyos, application, chrome) = (emulator(), Application::start(), Chrome::start());
    let url = authorize(&zeyos, &application, "");
    chrome.goto(&url);
    look(&chrome, "sign-in");
    chrome.write("#username", "otto");
    chrome.write("#password", "wrong");
    chrome.act("login");
    chrome.until("an alert", || chrome.has("[role=alert]"));
    look(&chrome, "wrong-password");
    chrome.write("#password", "demo");
    chrome.act("login");
    chrome.until("the second step", || chrome.has("#otp"));
    look(&chrome, "one-time-password");
    chrome.act("restart");
    chrome.until("the first step", || chrome.has("#username"));
    chrome.write("#username", "mara");
    chrome.write("#password", "demo");
    chrome.act("login");
    chrome.until_heading("Allow access?");
    look(&chrome, "consent");
    chrome.goto(zeyos.url());
    look(&chrome, "home");
    chrome.goto(&url.replace("demo-app", "stranger"));
    look(&chrome, "refusal");
    assert!(!application.was_called());
}

#[test]
fn the_inspector_fits_a_phone_and_a_screen_and_updates_itself() {
    let started = zeyos_emulator::Emulator::builder().control_port(0).record_bodies(true).start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let zeyos = runtime.block_on(started).unwrap();
    let token = zeyos.credentials().access_token.as_str();
    let client = zeyos::Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build().unwrap();
    let list =
        || runtime.block_on(async { client.api().list_tickets(zeyos::rest::Ticket::query().limit(2)).await.unwrap() });
    list();
    let chrome = Chrome::start();
    chrome.goto(&format!("{}/inspector", zeyos.control_url().unwrap()));
    let requests = || chrome.script("return document.querySelectorAll('#requests tbody tr').length");
    assert_eq!(requests(), json!(1));
    list();
    chrome.until("the second request", || requests() == json!(2));
    look(&chrome, "inspector");
    chrome.write("#status", "77");
    chrome.script("document.querySelector('#status').form.requestSubmit()");
    chrome.until("what is wrong", || chrome.has("[role=alert]"));
    look(&chrome, "inspector-refused");
    chrome
        .script("const status = document.querySelector('#status'); status.value = '503'; status.form.requestSubmit()");
    chrome.until("the fault", || chrome.has("#faults table"));
    let wide = chrome.script("return document.documentElement.scrollWidth <= window.innerWidth");
    assert_eq!(wide, json!(true));
    audit("inspector-fault", &chrome);
    chrome.click("#faults button");
    chrome.until("no fault", || !chrome.has("#faults table"));
}
