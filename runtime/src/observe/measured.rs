//! The same as numbers, for a recorder of the crate `metrics`: how long requests and calls take, how often calls are repeated and tokens
//! renewed, how long calls wait because a server asked to. Without the feature nothing is measured and no clock is read.

#[cfg(feature = "metrics")]
mod on {
    use std::time::Duration;

    use http::StatusCode;
    use metrics::{Label, Unit, counter, describe_counter, describe_histogram, histogram};
    use zeyos_core::{Error, Operation};

    use crate::clock::Clock as _;
    use crate::observe::{server, template};
    use crate::runtime::Deadlines;
    use crate::shared::Base;

    const REQUEST: &str = "http.client.request.duration";
    const CALL: &str = "api.client.call.duration";
    const RETRIES: &str = "api.client.call.retries";
    const WAIT: &str = "api.client.throttled.duration";
    const REFRESHES: &str = "api.client.token.refreshes";

    /// What counts as a wait, in seconds: less is the time that it takes to ask.
    const LEAST_WAIT: f64 = 0.001;

    /// Tells the recorder that is installed what the metrics of clients are and in which units: call it once, after the recorder was
    /// installed. Clients measure without it too.
    ///
    /// | Name | Kind, unit | Labels |
    /// |---|---|---|
    /// | `http.client.request.duration` | histogram, seconds: one request, from giving it to the transport to its answer | `http.request.method`, `url.template`, `server.address`, `server.port`, `http.response.status_code` or `error.type` |
    /// | `api.client.call.duration` | histogram, seconds: a call with all its attempts and waits | `api.operation`, `error.type` where it failed |
    /// | `api.client.call.retries` | counter: attempts after the first one | `api.operation` |
    /// | `api.client.throttled.duration` | histogram, seconds: a wait because the server asked to, before a request | `server.address`, `server.port` |
    /// | `api.client.token.refreshes` | counter: renewals of tokens | `api.operation`, `api.refresh.reason`, `error.type` where one failed |
    ///
    /// The first name and its labels are those of the OpenTelemetry conventions for HTTP clients. No label holds a value of a caller.
    pub fn describe_metrics() {
        describe_histogram!(REQUEST, Unit::Seconds, "Duration of HTTP client requests.");
        describe_histogram!(CALL, Unit::Seconds, "Duration of calls with all their attempts and waits.");
        describe_counter!(RETRIES, Unit::Count, "Attempts of calls after the first one.");
        describe_histogram!(WAIT, Unit::Seconds, "Waits before requests because a server asked to.");
        describe_counter!(REFRESHES, Unit::Count, "Renewals of tokens.");
    }

    /// Measures from a moment on.
    pub(crate) struct Stopwatch {
        clock: Deadlines,
        begun: Duration,
    }

    impl Stopwatch {
        pub(crate) fn start(clock: &Deadlines) -> Self {
            Stopwatch { begun: clock.monotonic(), clock: clock.clone() }
        }

        fn seconds(&self) -> f64 {
            self.clock.monotonic().saturating_sub(self.begun).as_secs_f64()
        }

        /// A call has ended.
        pub(crate) fn call(&self, operation: &'static Operation, error: Option<&Error>) {
            let mut labels = vec![Label::new("api.operation", operation.id)];
            labels.extend(error.map(failure));
            histogram!(CALL, labels).record(self.seconds());
        }

        /// A request of a call was answered, or was not.
        pub(crate) fn request(
            &self,
            operation: &'static Operation,
            base: &Base,
            status: Option<StatusCode>,
            error: Option<&'static str>,
        ) {
            let mut labels = place(base.origin(operation.service));
            labels.push(Label::new("http.request.method", operation.method.to_string()));
            labels.push(Label::new("url.template", template(operation, base)));
            labels.extend(status.map(|status| Label::new("http.response.status_code", status.as_str().to_owned())));
            labels.extend(error.map(|error| Label::new("error.type", error)));
            histogram!(REQUEST, labels).record(self.seconds());
        }

        /// A request may go. Most do at once.
        pub(crate) fn admitted(&self, origin: &str) {
            let waited = self.seconds();
            if waited >= LEAST_WAIT {
                histogram!(WAIT, place(origin)).record(waited);
            }
        }
    }

    /// A call is sent again.
    pub(crate) fn repeated(operation: &'static Operation) {
        counter!(RETRIES, "api.operation" => operation.id).increment(1);
    }

    /// A renewal has ended.
    pub(crate) fn renewed(operation: Option<&'static str>, reason: &'static str, error: Option<&Error>) {
        let mut labels = vec![Label::new("api.refresh.reason", reason)];
        labels.extend(operation.map(|operation| Label::new("api.operation", operation)));
        labels.extend(error.map(failure));
        counter!(REFRESHES, labels).increment(1);
    }

    fn failure(error: &Error) -> Label {
        Label::new("error.type", error.error_type().into_owned())
    }

    /// Where a request goes to.
    fn place(origin: &str) -> Vec<Label> {
        let (host, port) = server(origin);
        vec![Label::new("server.address", host.to_owned()), Label::new("server.port", port.to_string())]
    }
}

#[cfg(not(feature = "metrics"))]
mod off {
    use http::StatusCode;
    use zeyos_core::{Error, Operation};

    use crate::runtime::Deadlines;
    use crate::shared::Base;

    pub(crate) struct Stopwatch;

    impl Stopwatch {
        pub(crate) fn start(_: &Deadlines) -> Self {
            Stopwatch
        }

        pub(crate) fn call(&self, _: &'static Operation, _: Option<&Error>) {}

        pub(crate) fn request(&self, _: &'static Operation, _: &Base, _: Option<StatusCode>, _: Option<&'static str>) {}

        pub(crate) fn admitted(&self, _: &str) {}
    }

    pub(crate) fn repeated(_: &'static Operation) {}

    pub(crate) fn renewed(_: Option<&'static str>, _: &'static str, _: Option<&Error>) {}
}

#[cfg(not(feature = "metrics"))]
pub(crate) use off::{Stopwatch, renewed, repeated};
#[cfg(feature = "metrics")]
pub use on::describe_metrics;
#[cfg(feature = "metrics")]
pub(crate) use on::{Stopwatch, renewed, repeated};
