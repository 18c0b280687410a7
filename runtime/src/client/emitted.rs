//! The client of an emitted crate: what all of them have in common stands here once. The crate adds its services, its servers and
//! a setter for each of its security schemes.

/// A client and its builder, around those of the runtime.
#[doc(hidden)]
#[macro_export]
macro_rules! client {
    ($(#[$of_client:meta])* $client:ident, $(#[$of_builder:meta])* $builder:ident) => {
        $(#[$of_client])*
        #[derive(Clone)]
        pub struct $client($crate::Client);

        impl $client {
            /// The tokens in use.
            pub fn auth(&self) -> $crate::Auth {
                self.0.auth()
            }

            /// Holds the answer of an operation that tells endpoints (`x-discovery`) against this client.
            ///
            /// # Errors
            /// When the answer is that of another server, or leads to one.
            pub fn discovered(
                &self,
                operation: &'static $crate::core::Operation,
                answer: &impl $crate::core::model::Wire,
            ) -> Result<$crate::Discovered, $crate::DiscoveryError> {
                self.0.discovered(operation, answer)
            }

            /// The same client for another user: connections, settings and keys are shared; tokens, session and password are not.
            ///
            /// # Errors
            /// When a token, a cookie value or the name of the user has characters that no header may have.
            pub fn for_user(&self, identity: impl Into<$crate::Identity>) -> Result<Self, $crate::BuildError> {
                self.0.for_user(identity).map(Self)
            }
        }

        impl $crate::core::Dispatcher for $client {
            fn dispatch(&self) -> std::sync::Arc<dyn $crate::core::Dispatch> {
                $crate::core::Dispatcher::dispatch(&self.0)
            }
        }

        impl From<$crate::Client> for $client {
            fn from(client: $crate::Client) -> Self {
                Self(client)
            }
        }

        impl std::fmt::Debug for $client {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        $(#[$of_builder])*
        #[must_use = "nothing is set up until `build` is called"]
        #[derive(Debug)]
        pub struct $builder($crate::ClientBuilder<$client>);

        impl $builder {
            $crate::client_setters! {
                auth_mode(mode: $crate::AuthMode) "Which credentials are sent; `Auto` unless set. A call can choose another mode.";
                allow(safety: $crate::Safety) "Only calls of this kind are sent, and of the kinds that were named so before; all unless set.";
                timeout(timeout: std::time::Duration) "How long one attempt may take, from connecting to the last byte.";
                idle_timeout(timeout: std::time::Duration) "How long a server may be silent, before its answer and within it.";
                max_body(bytes: usize) "How many bytes the body of an answer may have.";
                max_wait(wait: std::time::Duration) "How long a call waits for a server that asked to wait.";
                max_retry_after(longest: std::time::Duration) "For how long a `Retry-After` of the server is followed.";
                decoding(decoding: $crate::Decoding) "What readers do about values that must be there but are not; an error unless set.";
                user_agent(name: impl Into<String>) "The `User-Agent` header.";
                on_event(listener: impl Fn(&$crate::ClientEvent) + Send + Sync + 'static) "Learns of what happens behind calls.";
                clock(clock: impl $crate::Clock) "Another clock than that of the system.";
                transport(transport: impl $crate::Transport) "Another way to carry requests than reqwest.";
                service_url(service: &'static $crate::core::ServiceDescription, url: impl Into<$crate::BaseUrl>) "The URL of one service, such as a token endpoint in a test. What its operations ask for as credentials goes there.";
                discovered(found: &$crate::Discovered) "The endpoints that the server has told about itself, checked against the client by `discovered`.";
                operation_path(operation: &'static $crate::core::Operation, path: impl Into<String>) "Another path for an operation whose path no one has confirmed (`x-unconfirmed`), with the same parameters in braces.";
                credential(
                    service: &'static $crate::core::ServiceDescription,
                    scheme: &'static $crate::core::SecurityScheme,
                    value: impl Into<$crate::CredentialValue>
                ) "A credential for a security scheme of another document that goes over the same client.";
            }

            /// Any other setting of the runtime's builder, such as its HTTP client.
            pub fn configure(
                self,
                set: impl FnOnce($crate::ClientBuilder<$client>) -> $crate::ClientBuilder<$client>,
            ) -> Self {
                Self(set(self.0))
            }

            /// The client.
            ///
            /// # Errors
            /// When a URL is none, not https or can be read in two ways, or a credential has characters that its place cannot have.
            pub fn build(self) -> Result<$client, $crate::BuildError> {
                self.0.build()
            }
        }
    };
}

/// Setters that hand over to those of the runtime's builder.
#[doc(hidden)]
#[macro_export]
macro_rules! client_setters {
    ($($name:ident($($argument:ident: $ty:ty),+) $words:literal;)*) => {$(
        #[doc = $words]
        #[doc = ""]
        #[doc = concat!("See [`ClientBuilder::", stringify!($name), "`](", stringify!($crate), "::ClientBuilder::", stringify!($name), ").")]
        pub fn $name(self, $($argument: $ty),+) -> Self {
            Self(self.0.$name($($argument),+))
        }
    )*};
}

/// Setters of a login by tokens.
#[doc(hidden)]
#[macro_export]
macro_rules! token_setters {
    () => {
        $crate::client_setters! {
            token_set(tokens: $crate::TokenSet) "Tokens to begin with. A store that already holds tokens keeps its own; an empty one gets these.";
            token_store(store: impl $crate::TokenStore) "Where tokens are kept; in memory unless set. New tokens are stored before they are used.";
        }
    };
}

/// Setters of a login whose tokens are renewed.
#[doc(hidden)]
#[macro_export]
macro_rules! oauth_setters {
    () => {
        $crate::client_setters! {
            client_credentials(id: impl Into<String>, secret: impl Into<$crate::Secret>) "Identifier and secret of the client application, which go to the token endpoint alone. Needed for every refresh and code exchange.";
            public_client(id: impl Into<String>) "Identifier of a client application that has no secret; proof keys take its place.";
            client_auth_method(method: $crate::ClientAuthMethod) "How the client application proves who it is; by HTTP Basic unless set.";
            auto_refresh(refresh: bool) "Whether the access token is renewed when it is about to end or is refused; yes unless set.";
            refresh_limits(limits: $crate::RefreshLimits) "How early and how often tokens are renewed.";
        }
    };
}
