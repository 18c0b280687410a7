//! Lists over several pages.

use zeyos::platforms::access_tokens::{IssueRequest, ListTokens, TokenStream};

use super::Site;

/// A server with 24 more tokens, of which every second one is revoked.
async fn filled() -> Site {
    let site = Site::start().await;
    for number in 0..24 {
        let issued = site.tokens.issue(IssueRequest::new(format!("owner {number}"))).await.unwrap();
        if number % 2 == 0 {
            site.tokens.revoke(&issued.record.token_id).await.unwrap();
        }
    }
    site
}

async fn collected(mut stream: TokenStream) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(record) = stream.next().await {
        ids.push(record.unwrap().token_id);
    }
    ids
}

#[tokio::test]
async fn p_a21_two_pages_by_the_last_identifier() {
    let site = filled().await;
    let wanted = || ListTokens::new().limit(10).include_revoked().include_expired();
    let first = site.tokens.list(wanted()).await.unwrap();
    let second = site.tokens.list(wanted().after(&first[9].token_id)).await.unwrap();
    assert_eq!((first.len(), second.len()), (10, 10));
    assert!(second.iter().all(|record| !first.contains(record)));
}

#[tokio::test]
async fn p_a21_no_token_is_lost_behind_a_page_that_the_filter_has_shortened() {
    let site = filled().await;
    let mut all = Vec::new();
    for limit in [1, 2, 5, 100] {
        let mut ids = collected(site.tokens.all(ListTokens::new().limit(limit))).await;
        ids.sort();
        assert_eq!(ids.len(), 13, "pages of {limit}");
        all.push(ids);
        let every = collected(site.tokens.all(ListTokens::new().limit(limit).include_revoked())).await;
        assert_eq!(every.len(), 25, "pages of {limit}");
    }
    assert!(all.iter().all(|ids| ids == &all[0]));
}

#[tokio::test]
async fn p_a21_roles_are_filtered_here_too() {
    let site = filled().await;
    for roles in [vec!["reports".to_owned()], vec!["reports".to_owned(), "other".to_owned()]] {
        site.tokens.issue(IssueRequest::new("mara").roles(roles)).await.unwrap();
    }
    let found = collected(site.tokens.all(ListTokens::new().limit(3).has_role("reports"))).await;
    assert_eq!(found.len(), 2);
}
