//! What a switch can be set to, how its values are written as text, and sets of switches: the same in flags, files and requests.

use std::fmt;
use std::time::Duration;

/// A switch as it is described to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Switch {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Its value, as text.
    pub value: String,
    /// Its value unless it is set, as text.
    pub default: String,
    /// What it can be set to; empty where any value of a kind will do.
    pub choices: Vec<Choice>,
    /// The kind of its values where there are no choices, like whole seconds; else empty.
    pub kind: &'static str,
    /// Whether the default is a guess, because no one knows what the service does.
    pub unconfirmed: bool,
}

/// One of the values of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// How it is written.
    pub name: &'static str,
    /// What it does; empty for `on` and `off`.
    pub about: &'static str,
}

/// The values of a type.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Allowed {
    /// One of these, each with what it means.
    OneOf(&'static [(&'static str, &'static str)]),
    /// Any of this kind.
    Kind(&'static str),
}

impl Allowed {
    pub(crate) fn choices(self) -> Vec<Choice> {
        match self {
            Self::OneOf(values) => values.iter().map(|(name, about)| Choice { name, about: about.trim() }).collect(),
            Self::Kind(_) => Vec::new(),
        }
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::OneOf(_) => "",
            Self::Kind(kind) => kind,
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(values) => {
                let names: Vec<_> = values.iter().map(|(name, _)| *name).collect();
                f.write_str(&names.join(", "))
            }
            Self::Kind(kind) => f.write_str(kind),
        }
    }
}

/// A type that a switch can have.
pub(crate) trait Setting: Sized {
    fn allowed() -> Allowed;
    fn read(text: &str) -> Option<Self>;
    fn show(&self) -> String;
}

impl Setting for bool {
    fn allowed() -> Allowed {
        Allowed::OneOf(&[("on", ""), ("off", "")])
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "on" | "true" => Some(true),
            "off" | "false" => Some(false),
            _ => None,
        }
    }

    fn show(&self) -> String {
        if *self { "on".to_owned() } else { "off".to_owned() }
    }
}

impl Setting for String {
    fn allowed() -> Allowed {
        Allowed::Kind("any text")
    }

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Setting for Duration {
    fn allowed() -> Allowed {
        Allowed::Kind("whole seconds")
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::from_secs)
    }

    fn show(&self) -> String {
        self.as_secs().to_string()
    }
}

impl Setting for u32 {
    fn allowed() -> Allowed {
        Allowed::Kind("a whole number")
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// Names with commas between them.
impl Setting for Vec<String> {
    fn allowed() -> Allowed {
        Allowed::Kind("names with commas between them")
    }

    fn read(text: &str) -> Option<Self> {
        Some(text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn show(&self) -> String {
        self.join(",")
    }
}

/// Switches that can be listed, and set by name: `guess` where the service is unknown, `known` where a document says what
/// it does; then name and type. Its default is written beside it.
macro_rules! switch_set {
    ($(#[$attribute:meta])* $type:ident {
        $($(#[doc = $about:literal])+ $standing:ident $name:ident: $kind:ty,)+
    }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(unreachable_pub, reason = "a platform keeps its switches to itself")]
        pub struct $type {
            $($(#[doc = $about])+ pub $name: $kind,)+
        }

        #[allow(unreachable_pub, reason = "a platform keeps its switches to itself")]
        impl $type {
            /// The names of all switches.
            const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// Sets a switch from the text of its value; answers what is allowed if it is none, nothing if no switch
            /// has this name.
            fn write(&mut self, name: &str, value: &str) -> Option<Result<(), $crate::switches::setting::Allowed>> {
                use $crate::switches::setting::Setting;
                match name {
                    $(stringify!($name) => Some(match Setting::read(value) {
                        Some(value) => { self.$name = value; Ok(()) }
                        None => Err(<$kind as Setting>::allowed()),
                    }),)+
                    _ => None,
                }
            }

            /// Every switch with its value here, in the order in which they are declared.
            #[must_use]
            pub fn list(&self) -> Vec<$crate::switches::Switch> {
                use $crate::switches::setting::Setting;
                let default = Self::default();
                vec![$($crate::switches::Switch {
                    name: stringify!($name),
                    about: concat!($($about),+).trim(),
                    value: Setting::show(&self.$name),
                    default: Setting::show(&default.$name),
                    choices: <$kind as Setting>::allowed().choices(),
                    kind: <$kind as Setting>::allowed().kind(),
                    unconfirmed: stringify!($standing) == "guess",
                },)+]
            }

            /// Sets a switch by name, from the text of its value: one of its choices, `on` or `off`, or whole seconds.
            ///
            /// # Errors
            /// When no switch has this name, or the switch has no such value; the error tells what there is.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), $crate::config::ConfigError> {
                use $crate::config::ConfigError;
                match self.write(name, value) {
                    Some(Ok(())) => Ok(()),
                    Some(Err(allowed)) => Err(ConfigError::value(name, value, &allowed.to_string())),
                    None => Err(ConfigError::name("switch", name, Self::NAMES)),
                }
            }
        }
    };
}

pub(crate) use switch_set;
