//! The listeners of a server: where it listens, under which origin it is reached, and its life until it is asked to stop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::control;
use crate::error::StartError;
use crate::http::front;
use crate::http::serve::serve;
use crate::served::Served;
use crate::startup::Startup;

/// The main listener, and that of the control route if there is one.
#[derive(Debug)]
pub(crate) struct Listeners {
    main: TcpListener,
    control: Option<TcpListener>,
}

impl Listeners {
    /// Listens on the chosen port and address, and for the control route on one of 127.0.0.1.
    pub(crate) fn open(runtime: &Runtime, startup: &Startup) -> Result<Self, StartError> {
        let main = listen(runtime, startup.listen, startup.port, "--port")?;
        let control =
            startup.control_port.map(|port| listen(runtime, Ipv4Addr::LOCALHOST.into(), port, "--control-port"));
        Ok(Self { main, control: control.transpose()? })
    }

    /// The address of the main listener.
    pub(crate) fn address(&self) -> Result<SocketAddr, StartError> {
        address(&self.main)
    }

    /// The origin of the control route.
    pub(crate) fn control_url(&self) -> Result<Option<String>, StartError> {
        self.control.as_ref().map(|listener| address(listener).map(origin)).transpose()
    }

    /// Serves until it is asked to stop.
    pub(crate) fn serve<S: Served>(self, runtime: &Runtime, app: Arc<S>, stopped: watch::Receiver<()>) {
        if let Some(control) = self.control {
            let app = Arc::clone(&app);
            let answer = move |connection, request| control::answer(Arc::clone(&app), connection, request);
            runtime.spawn(serve(control, answer, stopped.clone()));
        }
        let answer = move |connection, request| front::answer(Arc::clone(&app), connection, request);
        runtime.block_on(serve(self.main, answer, stopped));
    }
}

fn listen(runtime: &Runtime, address: IpAddr, port: u16, flag: &'static str) -> Result<TcpListener, StartError> {
    let address = SocketAddr::from((address, port));
    runtime.block_on(TcpListener::bind(address)).map_err(|error| StartError::bind(Some(address), flag, error))
}

fn address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::bind(None, "--port", error))
}

/// The origin under which a program of this machine reaches an address that is listened on.
pub(crate) fn origin(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        let loopback = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    format!("http://{address}")
}
