//! Two logins in one client: each has its tokens, its client application and its token endpoint.

use called::{Answer, Carried, Network, wait};
use called_logins::{Client, servers};

fn tokens(access: &str) -> Answer {
    Answer::json(200, &format!(r#"{{"access_token": "{access}", "token_type": "bearer", "expires_in": 3600}}"#))
}

fn told(sent: &[Carried]) -> Vec<String> {
    sent.iter().map(|one| format!("{} {}", one.url, one.header("authorization").unwrap_or("-"))).collect()
}

#[test]
fn each_login_signs_in_at_its_own_endpoint_with_its_own_application() {
    let network = Network::new([tokens("r1")]);
    let client = Client::builder(servers::SERVER)
        .client_credentials("app", "s1")
        .robot_login(|login| login.client_credentials("bot", "s2"))
        .transport(network.clone())
        .build()
        .unwrap();
    wait(client.oauth2_robot().client_credentials_grant(["a"])).unwrap();
    wait(client.api().read_walls()).unwrap();
    // The person has not signed in: the robot may read the doors, too.
    wait(client.api().read_doors()).unwrap();
    let sent = told(&network.take());
    // `bot:s2` in base64.
    let expected = [
        "https://robots.example/token Basic Ym90OnMy",
        "https://clubs.example/v1/walls Bearer r1",
        "https://clubs.example/v1/doors Bearer r1",
    ];
    assert_eq!(sent, expected);
    let login = client.oauth2().authorization_request("https://app.example/cb").begin().unwrap();
    assert!(login.url().as_str().starts_with("https://people.example/start?client_id=app&"), "{}", login.url());
    assert!(client.auth_robot().is_some());
}

#[test]
fn a_token_is_set_for_each_and_the_order_of_the_document_decides() {
    let network = Network::default();
    let client = Client::builder(servers::SERVER).person("p").robot("r").transport(network.clone()).build().unwrap();
    wait(client.api().read_doors()).unwrap();
    wait(client.api().read_walls()).unwrap();
    let sent = told(&network.take());
    assert_eq!(sent, ["https://clubs.example/v1/doors Bearer p", "https://clubs.example/v1/walls Bearer r"]);
}

#[test]
fn a_public_client_is_told_by_its_identifier_in_the_body() {
    let network = Network::new([tokens("p1"), tokens("r1")]);
    let client = Client::builder(servers::SERVER)
        .public_client("app")
        .robot_login(|login| login.public_client("bot"))
        .transport(network.clone())
        .build()
        .unwrap();
    wait(client.oauth2().exchange_authorization_code("c0de", None, Some("https://app.example/cb"))).unwrap();
    wait(client.oauth2_robot().client_credentials_grant([""; 0])).unwrap();
    let bodies: Vec<String> = network.take().into_iter().map(|sent| {
        assert!(sent.header("authorization").is_none() && !sent.body.contains("client_secret"), "{sent:?}");
        sent.body
    }).collect();
    assert!(bodies[0].contains("client_id=app") && bodies[1].contains("client_id=bot"), "{bodies:?}");
}
