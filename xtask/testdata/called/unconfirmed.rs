//! A caller chooses another path for an operation whose path nobody has confirmed, and for no other.

use called::{Network, wait};
use called_unconfirmed::{Client, OPEN_GATE, operations, servers};

#[test]
fn the_path_is_that_of_the_document_unless_another_one_is_chosen() {
    let network = Network::default();
    let builder = || Client::builder(servers::SERVER).transport(network.clone());
    let url = |client: Client| {
        wait(client.api().open_gate("a/b")).unwrap();
        network.take().remove(0).url
    };
    assert_eq!(url(builder().build().unwrap()), "https://gates.example/v1/gates/a%2Fb/open");
    let moved = builder().operation_path(&OPEN_GATE, "/open/{id}");
    assert_eq!(url(moved.build().unwrap()), "https://gates.example/v1/open/a%2Fb");
}

#[test]
fn an_operation_says_whether_its_path_is_confirmed() {
    let marked: Vec<_> = operations().filter(|operation| operation.unconfirmed).map(|operation| operation.id).collect();
    assert_eq!(marked, ["openGate"]);
    let confirmed = operations().find(|operation| !operation.unconfirmed).unwrap();
    assert!(Client::builder(servers::SERVER).operation_path(confirmed, "/g").build().is_err());
}
