//! Programs without an async runtime: the same calls, waited for on the calling thread.

use tokio::runtime::Runtime;
use zeyos::Client;
use zeyos::blocking::{Wait as _, iter};
use zeyos::rest::{NewTicket, Ticket, ticket};
use zeyos_emulator::{Emulator, Fault};

use crate::auth::support::{emulator, seen, signed_in};

/// An emulator on threads of its own, as this one has no runtime.
struct Elsewhere {
    zeyos: Emulator,
    _runtime: Runtime,
}

impl Elsewhere {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let zeyos = runtime.block_on(emulator());
        Elsewhere { zeyos, _runtime: runtime }
    }

    fn client(&self) -> Client {
        signed_in(&self.zeyos).build().unwrap()
    }
}

#[test]
fn calls_logins_and_close_are_waited_for() {
    let server = Elsewhere::start();
    let client = server.client();
    let api = client.api();
    let id = api.create_ticket(NewTicket::new("Pump seal leaks")).wait().unwrap().into_inner().id;
    assert_eq!(api.get_ticket(id).wait().unwrap().name, "Pump seal leaks");
    assert_eq!(api.list_tickets(Ticket::query().live().limit(10)).wait().unwrap().len(), 1);
    assert_eq!(api.get_ticket(zeyos::Id::new(id.get() + 1)).wait().unwrap_err().status().unwrap().as_u16(), 404);
    client.oauth2().refresh().wait().unwrap();
    assert!(client.auth().token_set().wait().unwrap().is_some());
    client.auth().close().wait().unwrap();
    // A client that was closed may be used again.
    assert_eq!(api.get_ticket(id).wait().unwrap().id, id);
    api.delete_ticket(id).wait().unwrap();
}

#[test]
fn a_token_that_has_ended_is_renewed_within_a_blocking_call() {
    let server = Elsewhere::start();
    let client = server.client();
    server.zeyos.inject(Fault::expire_token());
    client.api().list_tickets(Ticket::query().live().limit(1)).wait().unwrap();
    let refreshes = seen(&server.zeyos).iter().filter(|line| line.starts_with("POST /oauth2/v1/token")).count();
    assert_eq!(refreshes, 1);
}

#[test]
fn a_list_over_several_pages_is_an_iterator() {
    let server = Elsewhere::start();
    let client = server.client();
    for number in 0..7 {
        client.api().create_ticket(NewTicket::new(format!("Ticket {number}"))).wait().unwrap();
    }
    let rows = client.api().list_tickets(Ticket::query().live().sort(ticket::ID.asc())).stream().page_size(3);
    let names: Vec<String> = iter(rows).map(|row| row.unwrap().name).collect();
    assert_eq!(names.len(), 7);
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
}

#[test]
fn inside_a_runtime_nothing_is_sent_and_the_error_says_what_to_do() {
    let server = Elsewhere::start();
    let client = server.client();
    let before = seen(&server.zeyos).len();
    let refused = Runtime::new().unwrap().block_on(async {
        let call = client.api().list_tickets(Ticket::query().live()).wait().map(drop);
        let refresh = client.oauth2().refresh().wait().map(drop);
        let mut rows = iter(client.api().list_tickets(Ticket::query().live()).stream());
        let row = rows.next().unwrap().map(drop);
        assert!(rows.next().is_none(), "it ends with the error");
        [call, refresh, row]
    });
    for error in refused.map(Result::unwrap_err) {
        assert!(error.is_request(), "{error}");
        assert!(error.to_string().contains("std::thread::spawn"), "{error}");
    }
    assert_eq!(seen(&server.zeyos).len(), before);
}

#[test]
fn threads_wait_beside_each_other() {
    let server = Elsewhere::start();
    let client = server.client();
    std::thread::scope(|scope| {
        let create = |number: usize| {
            let api = client.api();
            move || api.create_ticket(NewTicket::new(format!("Ticket {number}"))).wait().unwrap().into_inner().id
        };
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(create(number))).collect();
        let ids: std::collections::BTreeSet<i64> =
            threads.into_iter().map(|thread| thread.join().unwrap().get()).collect();
        assert_eq!(ids.len(), 8);
    });
}

/// Waits while its thread ends.
struct AtTheEnd(Client, std::sync::mpsc::Sender<Vec<zeyos::Error>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let list = || self.0.api().list_tickets(Ticket::query().live());
        let mut rows = iter(list().stream());
        let errors = list().wait().err().into_iter().chain(rows.next().and_then(Result::err));
        let errors: Vec<_> = errors.collect();
        assert!(errors.is_empty() || rows.next().is_none(), "it ends with the error");
        self.1.send(errors).unwrap();
    }
}

#[test]
fn a_destructor_of_a_thread_local_gets_an_error_and_no_panic() {
    use std::cell::RefCell;
    thread_local! {
        static BEFORE: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }
    let server = Elsewhere::start();
    let client = server.client();
    let (sender, receiver) = std::sync::mpsc::channel();
    let at_the_end = || Some(AtTheEnd(client.clone(), sender.clone()));
    std::thread::scope(|scope| {
        // Systems differ in the order of destructors: one of both runs after that of tokio.
        scope.spawn(|| {
            BEFORE.set(at_the_end());
            client.api().list_tickets(Ticket::query().live()).wait().unwrap();
            AFTER.set(at_the_end());
        });
    });
    drop(sender);
    let errors: Vec<_> = receiver.iter().take(2).flatten().collect();
    assert!(errors.len() >= 2, "{errors:?}");
    for error in errors {
        assert!(error.is_request() && error.to_string().contains("thread is ending"), "{error}");
    }
}
