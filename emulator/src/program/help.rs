//! The long help: how to point a client at the emulator, every switch, every part of a fault. The list of switches is
//! that of the library.

use zeyos_emulator::platforms::Platform;
use zeyos_emulator::switches::Switch;

use super::defaults::switches;

/// Below the flags of `-h`.
pub(crate) const SHORT: &str = "--help tells how to point a client at it, and lists switches and faults.";

/// Below the flags of `--help`.
pub(crate) fn long() -> String {
    let mut text = CLIENTS.to_owned();
    text.push_str(SWITCHES);
    switches().list().iter().for_each(|switch| text.push_str(&line(switch)));
    text.push_str(FAULTS);
    text.push_str(PLATFORMS);
    for platform in Platform::ALL {
        text.push_str(&format!("\n  Switches of {}:\n", platform.as_str()));
        platform.switches().iter().for_each(|switch| text.push_str(&line(switch)));
    }
    text
}

/// Name, value and choices of a switch.
fn line(switch: &Switch) -> String {
    let choices: Vec<_> = switch.choices.iter().map(|choice| choice.name).collect();
    let allowed = if choices.is_empty() { switch.kind.to_owned() } else { choices.join(", ") };
    let mark = if switch.unconfirmed { "" } else { " *" };
    format!("  {:<24} {:<17} {allowed}{mark}\n", switch.name, switch.value)
}

const PLATFORMS: &str = r#"
Platforms (--platform NAME): a test server of another service, in memory, with faults, clock and control route as above:
  cozy            registration of clients and authorization at the Cozy of a user; sign in with the printed passphrase
  access-tokens   personal access tokens; the printed api_key becomes an administrator's while there is no token
  auth-agent      agents, in both generations; the printed agent is registered, and so is the application of the second
  What is printed has the names that the README lists, as NAME=value with the platform before it (COZY_URL).
"#;

const CLIENTS: &str = r#"Pointing a client at it:
  A client that takes one base URL gets the printed url; one that takes a platform (origin) and an instance gets its
  two parts. The services lie under it as in the cloud:
    /api/v1      standard REST interface
    /oauth2/v1   OAuth 2.0; authorize leads to a page where a user signs in and agrees
    /auth/v1     legacy sign-in and password tokens
    /            in a browser: signing in and out without an application

  Environment, once it is ready:
    mkfifo ready; zeyos-emulator --env-file emulator.env > ready & read -r line < ready; . ./emulator.env

  curl:
    curl -H "Authorization: Bearer $ZEYOS_TOKEN" -X POST $ZEYOS_BASE_URL/api/v1/tickets --json '{"limit":3}'
    curl -b "ZEYOSID=$ZEYOS_SESSION" $ZEYOS_BASE_URL/oauth2/v1/userinfo
    curl -u "$ZEYOS_CLIENT_ID:$ZEYOS_CLIENT_SECRET" $ZEYOS_BASE_URL/oauth2/v1/token \
         -d grant_type=password -d username=demo -d password=demo

  JavaScript, by the official client (its platform is the url) or by hand:
    const answer = await fetch(`${process.env.ZEYOS_BASE_URL}/api/v1/tickets`, {
      method: "POST",
      headers: { authorization: `Bearer ${process.env.ZEYOS_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ fields: ["ID", "name"], limit: 3 }),
    });
    A page on another origin may ask with a bearer token; with the cookie only by --switch cors_credentials=on.

  Code flow: open this address; who signs in (demo, demo) and agrees comes back to redirect_uri with code and state.
  With --switch authorize=auto there is no page, and the demo user agrees at once.
    http://127.0.0.1:8080/demo/oauth2/v1/authorize?client_id=...&redirect_uri=...&response_type=code&state=...

Configuration file (--config FILE), every setting optional; flags win over it:
    profile = "documented"   # strict, lenient
    listen = "127.0.0.1"
    port = 8080
    hosts = ["emulator"]     # further names under which it is called
    instance = "demo"
    db = "demo.db"           # from the folder of the file
    seed = "empty"           # demo, empty
    clock = "+1h"            # ahead of the machine's clock; seconds, or with a unit
    control_port = 8081
    pages = "dist"           # served beside the instance

    [switches]
    rule_status = 400

    [[fault]]
    path = "/api/v1/tickets"
    status = 503
    retry_after = 1
    times = 2

"#;

const SWITCHES: &str = "Switches (--switch NAME=VALUE, [switches]): name, value without saying, what there is.
Those with * rest on a document; the others are guesses, because no one knows what the service does:
";

const FAULTS: &str = r#"
Faults (--fault 'PARTS', [[fault]], POST /faults of the control route); the first that fits is met:
  which requests   method, path (its beginning after the instance; * for a segment, $ for the end), after, times (1;
                   or "always"), every_n, probability with seed, during (seconds of the emulator's clock)
  what goes wrong  status with body and media_type; body with media_type; truncate; values = { "/0/ID" = "x" };
                   cut_body; close = "before" or "after" the work; token = "refuse", "expire" or "revoke"
  and with any     latency, answer_latency, trickle (wait before each byte), clock, carried_out, reset,
                   retry_after, retry_after_date (seconds from now), location, headers = { name = "value" }
  Times are seconds or texts like "200ms". For example:
    --fault 'status = 429, retry_after = "soon", every_n = 3'
    --fault 'latency = "300ms", method = "POST", path = "/api/v1/", times = "always"'

Control route (--control-port PORT, JSON): GET, POST, DELETE /faults and DELETE /faults/NUMBER; GET, DELETE /requests;
  GET, PATCH /switches; GET, PATCH /clock; POST /reset. It answers to programs of this machine alone:
    curl --json '{"status":503,"times":2}' http://127.0.0.1:8081/faults
"#;
