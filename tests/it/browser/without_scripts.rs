//! The pages in a browser that runs no scripts.

use super::chrome::{Chrome, Scripts};
use super::{Application, authorize, emulator};

#[test]
fn everything_works_without_scripts() {
    let (zeyos, application, chrome) = (emulator(), Application::start(), Chrome::with(Scripts::Off));
    chrome.goto("data:text/html,<title>before</title><script>document.title = 'after'</script>");
    assert_eq!(chrome.title(), "before", "scripts of pages do not run");
    chrome.goto(&authorize(&zeyos, &application, "&response_mode=form_post"));
    chrome.write("#username", "mara");
    chrome.write("#password", "wrong");
    chrome.act("login");
    chrome.until("an alert", || chrome.has("[role=alert]"));
    chrome.write("#password", "demo");
    chrome.act("login");
    chrome.until_heading("Allow access?");
    chrome.act("agree");
    chrome.until_heading("Almost done");
    assert!(!application.was_called(), "the form does not post itself");
    chrome.picture("form-post");
    chrome.click("button");
    chrome.until_heading("Back at the application");
    assert_eq!(application.call().method, "POST");
    assert!(application.call().parameter("code").is_some());
}
