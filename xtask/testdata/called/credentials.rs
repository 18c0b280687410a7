//! Credentials that several security schemes share are set once, and each scheme sends them in its own way.

use called::{Carried, Network, wait};
use called_credentials::{Client, MakeKeyRequest, servers};

fn sent(network: &Network) -> Carried {
    network.take().remove(0)
}

#[test]
fn one_setter_serves_all_schemes_of_a_credential_and_none_of_another() {
    let network = Network::default();
    let client =
        Client::builder(servers::SERVER).key("k1").token("t1").other("k2").pin("007").transport(network.clone());
    let api = client.build().unwrap().api();

    wait(api.read_locks()).unwrap();
    assert_eq!(sent(&network).header("x-key"), Some("k1"));
    wait(api.read_logs()).unwrap();
    let logs = sent(&network);
    assert_eq!((logs.url.as_str(), logs.header("x-key")), ("https://sheds.example/v1/logs?key=k1", None));
    wait(api.read_doors()).unwrap();
    assert_eq!(sent(&network).header("x-key"), Some("k2"));
    for call in [api.read_beds(), api.read_tools()] {
        wait(call).unwrap();
        assert_eq!(sent(&network).header("authorization"), Some("Bearer t1"));
    }
    wait(api.make_key(MakeKeyRequest::new("mara"))).unwrap();
    assert_eq!(sent(&network).body, "owner=mara&pin=007");
}
