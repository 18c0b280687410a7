//! Names that meet each other get a number; those that a crate uses itself an underscore.

use called::{Network, wait};
use called_names::{
    CalledNamesApi2, Client, Client2, Err_, Everything, FindQuery, Ok_, Self_, issuers, schemes, servers,
};

#[test]
fn each_scheme_has_its_setter_and_constants_of_its_own() {
    let set = Client::builder(servers::SERVER).token("a").key("b").token_set_("c").timeout_("d").default_("e");
    let network = Network::default();
    // Alternatives: the first of those that are configured is sent.
    wait(set.transport(network.clone()).build().unwrap().api().keyed()).unwrap();
    assert_eq!(network.take()[0].header("x-token"), Some("a"));
    let names = [&schemes::OAUTH, &schemes::OAUTH_CLIENT2, &schemes::OAUTH_CLIENT3, &schemes::KEY2, &schemes::ISSUERS2];
    assert_eq!(names.map(|scheme| scheme.name), ["oauth", "oauth_client", "Oauth-Client", "issued", "issuers"]);
    assert_eq!(issuers::OAUTH_CLIENT.name, "oauth client");
    assert_eq!(issuers::ISSUERS.len(), 4);
}

#[test]
fn a_table_of_parameters_and_an_operation_of_its_name_are_two() {
    let network = Network::default();
    let client = Client::builder(servers::SERVER).oauth("t").transport(network.clone()).build().unwrap();
    wait(client.api().find(FindQuery::new().at(vec!["a".to_owned(), "b".to_owned()]))).unwrap();
    wait(client.api().find_parameters2()).unwrap();
    wait(client.api().find_it2()).unwrap();
    let sent: Vec<String> = network.take().into_iter().map(|sent| format!("{} {}", sent.method, sent.url)).collect();
    let expected = ["GET https://names.example/v1/a?at=a%7Cb", "POST https://names.example/v1/a", "POST https://names.example/v1/b"];
    assert_eq!(sent, expected);
}

#[test]
fn types_may_be_called_as_those_of_the_language_are() {
    let within = Ok_(vec![Ok_(Vec::new())]);
    assert_eq!(format!("{within:?}"), "Ok_([Ok_([])])");
    let types: (Option<Err_>, Option<CalledNamesApi2>, Option<Client2>, Option<Self_>) = (None, None, None, None);
    assert!(types.0.is_none() && None::<Everything>.is_none());
}
