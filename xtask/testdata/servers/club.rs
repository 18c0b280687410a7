//! The code flow, scopes, renewal and bodies against a server that checks them itself.

use club::runtime::core::Date;
use club::runtime::oauth2::Callback;
use club::{AddMemberConflict, Client, ListMembersQuery, NewMember};
use servers::{redirect_of, request, url};

const REDIRECT: &str = "http://127.0.0.1:9/callback";

fn client() -> Client {
    Client::builder(url()).client_credentials("club-app", "s3cret:with ü").build().unwrap()
}

async fn signed_in(scopes: &[&str]) -> Client {
    let client = client();
    let login = client.oauth2().authorization_request(REDIRECT).scopes(scopes).begin().unwrap();
    let callback = Callback::parse(&redirect_of(login.url().as_str())).unwrap();
    login.finish(callback).await.unwrap();
    client
}

#[tokio::test]
async fn a_user_signs_in_and_writes_and_reads() {
    let client = signed_in(&["members.read", "members.write"]).await;
    let api = client.api();
    let born: Date = "1990-02-03".parse().unwrap();
    let mara = api.add_member(NewMember::new("Mara").born(born).tags(vec!["a".into(), "b".into()])).await.unwrap();
    assert_eq!((mara.status(), mara.name.as_str(), mara.tags.as_deref()), (201.try_into().unwrap(), "Mara", Some(&["a".to_owned(), "b".to_owned()][..])));
    let ari = api.add_member(NewMember::new("Ari").born(None::<Date>)).await.unwrap().into_inner();
    let jo = api.add_member(NewMember::new("Jo")).await.unwrap().into_inner();
    assert_eq!((ari.born, jo.born), (Some(None), None), "null and absence are two things on the way there and back");
    let error = api.add_member(NewMember::new("Mara")).await.unwrap_err();
    assert_eq!(error.answer::<AddMemberConflict>().unwrap().unwrap().taken, "Mara");
    assert_eq!(api.list_members(ListMembersQuery::new().limit(2)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_that_has_ended_is_renewed_once_for_all() {
    let client = signed_in(&["members.read"]).await;
    for _ in 0..3 {
        assert!(request("POST", "/test/expire").starts_with("HTTP/1.1 204"));
        let api = client.api();
        let calls = [(); 8].map(|()| api.list_members(ListMembersQuery::new()));
        let running: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
        for call in running {
            call.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_scope_that_was_not_granted_is_refused_by_the_server() {
    let client = signed_in(&["members.read"]).await;
    let error = client.api().add_member(NewMember::new("Nobody")).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
}

#[tokio::test]
async fn a_wrong_secret_signs_nobody_in() {
    let client = Client::builder(url()).client_credentials("club-app", "other").build().unwrap();
    let login = client.oauth2().authorization_request(REDIRECT).scopes(["members.read"]).begin().unwrap();
    let callback = Callback::parse(&redirect_of(login.url().as_str())).unwrap();
    let error = login.finish(callback).await.unwrap_err().to_string();
    assert!(!error.contains("other"), "{error}");
    assert!(client.api().list_members(ListMembersQuery::new()).await.is_err());
}
