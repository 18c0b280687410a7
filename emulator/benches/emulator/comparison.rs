//! The emulator against the bare handler: the same rows, the same connections, rounds in turn, so that whatever else the
//! machine does meets both.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use zeyos_emulator::Emulator;

use super::load::{Crowd, Requests};
use super::{Missed, Outcome, Size, cpu};

/// Rows of a list.
const LISTED: i64 = 100;

/// Different requests of each kind.
const REQUESTS: i64 = 4_096;

/// Answers that are compared.
const COMPARED: usize = 256;

/// An emulator as its clients see it.
pub(crate) struct Server {
    pub address: SocketAddr,
    instance: String,
    head: String,
}

impl Server {
    pub(crate) fn new(url: &str, token: &str) -> Outcome<Self> {
        let (host, instance) = url.trim_start_matches("http://").split_once('/').ok_or("no instance")?;
        let head = format!("Host: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        Ok(Self { address: host.parse()?, instance: instance.to_owned(), head })
    }

    /// Gets of single tickets from all over the table.
    pub(crate) fn gets(&self, size: Size) -> Requests {
        let Self { instance, head, .. } = self;
        requests(size, |id| format!("GET /{instance}/api/v1/tickets/{id} HTTP/1.1\r\n{head}\r\n"))
    }

    /// Lists of the tickets that follow one.
    pub(crate) fn lists(&self, size: Size) -> Requests {
        let Self { instance, head, .. } = self;
        requests(size, |id| {
            let body = format!(r#"{{"filters":{{"ID":{{">":{id}}}}},"sort":["+ID"],"limit":{LISTED}}}"#);
            format!("POST /{instance}/api/v1/tickets HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len())
        })
    }
}

/// Requests for tickets all over the table.
fn requests(size: Size, write: impl Fn(i64) -> String) -> Requests {
    (0..REQUESTS).map(|index| write(index * 7_919 % (size.rows - LISTED) + 1).into_bytes()).collect()
}

/// Runs the measurements that are asked for.
pub(crate) async fn run(
    size: Size,
    file: &Path,
    bare: SocketAddr,
    asked: impl Fn(&str) -> bool,
    missed: &mut Missed,
) -> Outcome {
    let zeyos = Emulator::builder().database(file).start().await?;
    let server = Server::new(zeyos.url(), &zeyos.credentials().access_token)?;
    let to_bare =
        |path: &str, end: &str| requests(size, |id| format!("GET /{path}/{id}{end} HTTP/1.1\r\nHost: {bare}\r\n\r\n"));
    let get = Part { name: "get", target: 0.75, requests: [server.gets(size), to_bare("ticket", "")] };
    let list = Part { name: "list", target: 0.85, requests: [server.lists(size), to_bare("tickets", "/100")] };
    for part in [get, list] {
        if asked(part.name) {
            part.measure([server.address, bare], size, missed).await?;
        }
    }
    zeyos.stop().await;
    Ok(())
}

/// One measurement: what is sent to the emulator, and to the bare handler.
struct Part {
    name: &'static str,
    target: f64,
    requests: [Requests; 2],
}

impl Part {
    async fn measure(self, addresses: [SocketAddr; 2], size: Size, missed: &mut Missed) -> Outcome {
        let [ours, bare] = self.requests;
        let ours = Crowd::connect(addresses[0], size.connections, ours).await?;
        let mut sides = [Side::new(ours), Side::new(Crowd::connect(addresses[1], size.connections, bare).await?)];
        compare(&mut sides).await?;
        for side in &mut sides {
            side.crowd.round(size.round).await?;
        }
        for round in 0..size.rounds {
            // One begins, then the other: a drift of the machine favours neither.
            for index in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
                sides[index].round(size.round).await?;
            }
        }
        let mut ratios: Vec<f64> = sides[0].rates.iter().zip(&sides[1].rates).map(|(ours, bare)| ours / bare).collect();
        let (low, middle, high) = spread(&mut ratios);
        let [ours, bare] = &mut sides;
        let ratio = bare.per_request() / ours.per_request();
        let met = missed.judge(self.name, ratio >= self.target);
        println!("{:<14} ratio {ratio:.2} by processor time, wanted {}: {met}", self.name, self.target);
        println!("{:<14} ratio {middle:.2} ({low:.2} to {high:.2}) by rate", "");
        ours.print("emulator");
        bare.print("bare handler");
        Ok(())
    }
}

/// Whether both answer the same bytes.
async fn compare(sides: &mut [Side; 2]) -> Outcome {
    for index in 0..COMPARED {
        let (ours, bare) = (sides[0].crowd.body(index).await?, sides[1].crowd.body(index).await?);
        if ours != bare {
            return Err(format!("{} is not {}", String::from_utf8_lossy(&ours), String::from_utf8_lossy(&bare)).into());
        }
    }
    Ok(())
}

/// The lowest, the middle and the highest value.
pub(crate) fn spread(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)))
}

/// The crowd before one of the servers, and all its rounds.
struct Side {
    crowd: Crowd,
    rates: Vec<f64>,
    /// Milliseconds.
    latencies: Vec<f64>,
    /// Processor time of the server and of the generator.
    server: Duration,
    generator: Duration,
}

impl Side {
    fn new(crowd: Crowd) -> Self {
        Self { crowd, rates: Vec::new(), latencies: Vec::new(), server: Duration::ZERO, generator: Duration::ZERO }
    }

    async fn round(&mut self, length: Duration) -> Outcome {
        let (process, thread) = (cpu::of_process(), cpu::of_thread());
        let round = self.crowd.round(length).await?;
        let generator = cpu::of_thread().saturating_sub(thread);
        self.generator += generator;
        self.server += cpu::of_process().saturating_sub(process).saturating_sub(generator);
        self.latencies.extend(round.latencies.iter().map(|latency| latency.as_secs_f64() * 1e3));
        self.rates.push(round.rate());
        Ok(())
    }

    /// Processor time of the server in microseconds.
    fn per_request(&self) -> f64 {
        self.micros(self.server)
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    fn micros(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    fn print(&mut self, name: &str) {
        let (low, middle, high) = spread(&mut self.rates);
        self.latencies.sort_unstable_by(f64::total_cmp);
        let part = |percent: usize| self.latencies[self.latencies.len() * percent / 100];
        let (half, most) = (part(50), part(99));
        let (server, generator) = (self.per_request(), self.micros(self.generator));
        print!("  {name:<12} {middle:>6.0} a second ({low:.0} to {high:.0}); {half:.2} ms, 99 % within {most:.2} ms; ");
        println!("processor {server:.0} µs a request, generator {generator:.0} µs");
    }
}
