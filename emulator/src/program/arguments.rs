//! The flags, and the emulator that they ask for. What a configuration file says comes first; flags win over it.

use std::error::Error;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use zeyos_emulator::platforms::{Platform, PlatformBuilder, PlatformServer};
use zeyos_emulator::switches::Profile;
use zeyos_emulator::{Builder, Emulator, Seed};

use super::defaults::switches;
use super::help;
use super::started::Choice;

/// A local ZeyOS server for development and tests.
///
/// Point any client at the printed URL (origin and instance) and use what is printed beside it: the access token as a
/// bearer token, the session as the cookie ZEYOSID, or the client pair with the user name and password at the token
/// endpoint. It listens on 127.0.0.1 alone, unless --listen says otherwise, and holds made-up data.
#[derive(Debug, Parser)]
#[command(name = "zeyos-emulator", version)]
pub(crate) struct Arguments {
    /// Starts the test server of another platform in place of ZeyOS; see below
    #[arg(long, value_name = "NAME", value_parser = Platform::ALL.map(Platform::as_str),
          conflicts_with_all = ["config", "profile", "instance", "db", "seed", "record_bodies", "pages"])]
    platform: Option<String>,
    /// Configuration file (TOML); flags win over what it says
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets all switches at once; --switch and [switches] win over it
    #[arg(long, value_name = "NAME", value_parser = ["documented", "strict", "lenient"])]
    profile: Option<String>,
    /// Address to listen on instead of 127.0.0.1; whoever reaches it can use the emulator
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<IpAddr>,
    /// Port to listen on, 0 takes a free one [default: 8080]
    #[arg(long)]
    port: Option<u16>,
    /// A further name under which it is called, may be repeated; requests under other names are refused
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Name of the instance, the first segment of every path [default: demo]
    #[arg(long)]
    instance: Option<String>,
    /// File to keep the data in; without it they are gone when the program ends
    #[arg(long, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// What a new database holds [default: demo]
    #[arg(long, value_enum)]
    seed: Option<SeedName>,
    /// Sets a switch, may be repeated; see below
    #[arg(long = "switch", value_name = "NAME=VALUE")]
    switches: Vec<String>,
    /// Lets something go wrong, may be repeated; see below
    #[arg(long = "fault", value_name = "PARTS")]
    faults: Vec<String>,
    /// Sets the clock ahead or back: seconds, or like +1h, -5m
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    clock: Option<String>,
    /// Opens the control route on this port of 127.0.0.1, 0 takes a free one
    #[arg(long, value_name = "PORT")]
    control_port: Option<u16>,
    /// Keeps queries and bodies of requests to /api in the log of requests, secrets taken out
    #[arg(long)]
    record_bodies: bool,
    /// Serves the files of a folder beside the instance, so that a page has the same origin
    #[arg(long, value_name = "FOLDER")]
    pages: Option<PathBuf>,
    /// Writes what is printed as NAME=value lines for shells and containers, when the emulator is ready
    #[arg(long, value_name = "PATH")]
    pub env_file: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeedName {
    /// A small company with customers, tickets, projects and sales
    Demo,
    /// The demo user and application alone
    Empty,
}

/// The flags of this run; prints the help or what is wrong with them and ends the program if that is what they lead to.
pub(crate) fn parse() -> Arguments {
    let mut command = Arguments::command().after_help(help::SHORT).after_long_help(help::long());
    let matches = command.get_matches_mut();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
}

/// Takes over the flags that all servers have, whose builders share methods and no trait.
macro_rules! common {
    ($arguments:expr, $builder:expr) => {{
        let mut builder = $builder;
        for text in &$arguments.switches {
            let (name, value) = pair(text)?;
            builder = builder.switch(name, value).map_err(|error| format!("--switch {text}: {error}"))?;
        }
        for table in &$arguments.faults {
            builder = builder.fault_table(table).map_err(|error| format!("--fault: {error}"))?;
        }
        if let Some(offset) = &$arguments.clock {
            builder = builder.clock(offset).map_err(|error| format!("--clock: {error}"))?;
        }
        if let Some(address) = $arguments.listen {
            builder = builder.listen(address);
        }
        if let Some(port) = $arguments.port {
            builder = builder.port(port);
        }
        if let Some(port) = $arguments.control_port {
            builder = builder.control_port(port);
        }
        $arguments.hosts.iter().fold(builder, |builder, name| builder.host(name))
    }};
}

impl Arguments {
    /// The server that is asked for.
    pub(crate) fn choice(self) -> Result<Choice, Box<dyn Error>> {
        match self.platform.as_deref() {
            Some(name) => {
                let platform = Platform::named(name)?;
                self.platform_builder(platform).map(|builder| Choice::Platform(Box::new(builder)))
            }
            None => self.builder().map(|builder| Choice::Zeyos(Box::new(builder))),
        }
    }

    fn platform_builder(self, platform: Platform) -> Result<PlatformBuilder, Box<dyn Error>> {
        Ok(common!(self, PlatformServer::builder(platform).port(8080)))
    }

    /// The emulator that is asked for.
    fn builder(self) -> Result<Builder, Box<dyn Error>> {
        let mut builder = Emulator::builder().port(8080).switches(switches());
        if let Some(path) = &self.config {
            builder = builder.config_file(path)?;
        }
        if let Some(name) = &self.profile {
            builder = builder.profile(Profile::named(name)?);
        }
        builder = common!(self, builder);
        Ok(self.plain(builder))
    }

    /// Takes over the flags of the emulator that cannot be wrong.
    fn plain(self, mut builder: Builder) -> Builder {
        if let Some(name) = self.instance {
            builder = builder.instance(name);
        }
        if let Some(path) = self.db {
            builder = builder.database(path);
        }
        if self.record_bodies {
            builder = builder.record_bodies(true);
        }
        if let Some(folder) = self.pages {
            builder = builder.pages(folder);
        }
        match self.seed {
            Some(SeedName::Demo) => builder.seed(Seed::Demo),
            Some(SeedName::Empty) => builder.seed(Seed::Empty),
            None => builder,
        }
    }
}

/// Name and value of a switch.
fn pair(text: &str) -> Result<(&str, &str), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("--switch {text}: say NAME=VALUE"))?;
    Ok((name.trim(), value.trim()))
}
