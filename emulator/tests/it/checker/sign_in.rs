//! Makes requests to the sign-in services, and to `/config` and `/settings`.

use super::connection::Request;
use super::documents::Operation;
use super::lists::percent;
use super::plan::Plan;
use super::prng::Prng;
use super::world::{World, basic};

const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request that must succeed, unless its status says otherwise.
pub(super) fn valid(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let request = world.signed(prng, operation, world.path(operation, None));
    match operation.id.as_str() {
        "authorize" => authorize(prng, world, operation, request),
        "getToken" => grant(prng, world, operation, request),
        "revokeToken" | "introspectToken" => {
            let token = world.access.as_deref().filter(|_| operation.id == "introspectToken").unwrap_or(TOKEN);
            Plan::new(operation, sent(prng, world, request, &[("token", token)]))
        }
        "login" => login(prng, world, operation, request),
        "logout" => {
            let token = world.login.as_deref();
            let request =
                request.without("authorization").header("Authorization", &format!("Bearer {}", token.unwrap_or(TOKEN)));
            let plan = Plan::new(operation, request);
            if token.is_none() { plan.only(&[401], "a dead token") } else { plan }
        }
        "introspectIssuedToken" | "revokeIssuedToken" => {
            let token = world.password_token.as_deref().filter(|_| prng.chance(50)).unwrap_or(TOKEN);
            Plan::new(operation, members(prng, request, &[("token", token)]))
        }
        "getSettings" => {
            let session = request.headers.iter().any(|(name, _)| name == "Cookie");
            let plan = Plan::new(operation, request);
            if session { plan.only(&[403], "no application") } else { plan }
        }
        "getUserInfo" if operation.path == "/" => {
            let query =
                prng.text(&["", "?access=1", "?settings=1", "?access=1&settings=1", "?access=0&settings=2&x=%ff"]);
            let target = format!("{}{query}", request.target);
            Plan::new(operation, Request { target, ..request })
        }
        // An issued token has no body to ask for it; the rest has no input at all.
        _ => Plan::new(operation, request),
    }
}

fn authorize(prng: &mut Prng, world: &World, operation: &'static Operation, request: Request) -> Plan {
    let mut query =
        format!("?client_id={}&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&response_type=code", world.client.0);
    query += *prng.pick(&[
        "",
        "&state=%00%ff%0d%0aSet-Cookie:%20a",
        "&response_mode=form_post",
        "&code_challenge=x&code_challenge_method=S256",
        "&umi=x&page=y",
    ]);
    if prng.chance(20) {
        query = (prng.text(&["", "?", "?client_id=%ff", "?response_type=token&&&=&x"])).to_owned();
    }
    let target = format!("{}{query}", request.target);
    Plan::new(operation, Request { target, ..request })
}

fn grant(prng: &mut Prng, world: &World, operation: &'static Operation, request: Request) -> Plan {
    let (name, password) = (world.user.0.as_str(), world.user.1.as_str());
    let dead = [("grant_type", "refresh_token"), ("refresh_token", TOKEN)];
    let (pairs, status): (Vec<(&str, &str)>, u16) = match prng.below(9) {
        0 => (vec![("grant_type", "password"), ("username", name), ("password", "wrong")], 403),
        1 => (dead.to_vec(), 403),
        2 => (vec![("grant_type", "authorization_code"), ("code", TOKEN), ("code_verifier", "x")], 403),
        3 => (vec![("grant_type", "device_code")], 400),
        4 => (vec![("grant_type", "password"), ("username", name)], 400),
        5 if world.refresh.is_some() => {
            (vec![("grant_type", "refresh_token"), ("refresh_token", world.refresh.as_deref().unwrap())], 200)
        }
        _ => (vec![("grant_type", "password"), ("username", name), ("password", password)], 200),
    };
    Plan::new(operation, sent(prng, world, request, &pairs)).only(&[status], "a grant")
}

fn login(prng: &mut Prng, world: &World, operation: &'static Operation, request: Request) -> Plan {
    let right = prng.chance(60);
    let password = if right { world.user.1.as_str() } else { "wrong" };
    let mut pairs = vec![("name", world.user.0.as_str()), ("password", password), ("identifier", "check:1.0_a-b")];
    if prng.chance(30) {
        pairs.push(("expdate", "1999999999"));
    }
    let plan = Plan::new(operation, members(prng, request, &pairs));
    if right { plan } else { plan.only(&[401], "a wrong password") }
}

/// The pairs with the client's, in the header, in the body, or in both as the official client sends them.
fn sent(prng: &mut Prng, world: &World, request: Request, pairs: &[(&str, &str)]) -> Request {
    let own = [("client_id", world.client.0.as_str()), ("client_secret", world.client.1.as_str())];
    match prng.below(3) {
        0 => members(prng, request, pairs),
        1 => members(prng, request.without("authorization"), &[pairs, &own].concat()),
        _ => members(prng, request, &[pairs, &own].concat()),
    }
}

fn members(prng: &mut Prng, request: Request, pairs: &[(&str, &str)]) -> Request {
    if prng.chance(50) {
        let object: serde_json::Value =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), serde_json::Value::from(*value))).collect();
        return request.body("application/json", object.to_string());
    }
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    request.body(FORM, pairs.join("&"))
}

/// A request with members of strange types, or without those that it needs.
pub(super) fn spoiled(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let bodies = [
        "{}",
        "{\"token\":1}",
        "{\"grant_type\":[\"password\"]}",
        "{\"name\":{},\"password\":null,\"identifier\":true}",
        "{\"grant_type\":\"password\",\"username\":\"\\u0000\",\"password\":\"\"}",
    ];
    let request = world.signed(prng, operation, world.path(operation, None));
    let request = request.body("application/json", prng.text(&bodies));
    let refused: &[u16] = match operation.id.as_str() {
        "login" => &[400, 401],
        "getToken" => &[400, 403],
        _ => &[400],
    };
    Plan::new(operation, request).only(refused, "members of strange types")
}

/// The same request with a client or user that does not exist, for operations that ask for a pair.
pub(super) fn wrong_pair(plan: Plan) -> Plan {
    let request = basic(plan.request.clone(), &("stranger".to_owned(), "wrong".to_owned()));
    // Beside another client in the body it is a second way to authenticate (RFC 6749, section 5.2).
    let two = String::from_utf8_lossy(&request.body).contains("client_id");
    Plan { request, ..plan }.only(if two { &[400] } else { &[401] }, "a wrong pair")
}
