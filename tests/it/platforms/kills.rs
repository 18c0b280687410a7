//! Clients that are killed with SIGKILL while a request for tokens is on its way: the next start goes on with the same login.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use zeyos::http::Method;
use zeyos::oauth2::Callback;
use zeyos::platforms::access_tokens::{AccessTokens, ListTokens};
use zeyos::platforms::auth_agent::AuthAgent;
use zeyos::platforms::cozy::{Cozy, RegisteredClient, Scope};
use zeyos::{FileTokenStore, Identity, RefreshLimits};
use zeyos_emulator::platforms::Platform;

use crate::platforms::support::{Wire, server, visited};

const PLATFORM: &str = "ZEYOS_PLATFORMS_KILL_PLATFORM";
const URL: &str = "ZEYOS_PLATFORMS_KILL_URL";
const SECRET: &str = "ZEYOS_PLATFORMS_KILL_SECRET";
const FOLDER: &str = "ZEYOS_PLATFORMS_KILL_FOLDER";

/// The test that is started again as another process.
const CHILD: &str = "platforms::kills::a_process_that_renews_until_it_is_killed";

/// How often a process is killed, each time after one more request for tokens.
const ROUNDS: usize = 6;

/// A client of one of the platforms, as a process of its own has it.
struct Scene {
    platform: Platform,
    url: String,
    /// The key, or the secret of the agent, or the kept client.
    secret: String,
    folder: std::path::PathBuf,
}

impl Scene {
    fn store(&self) -> FileTokenStore {
        FileTokenStore::open(self.folder.join("tokens.json")).unwrap()
    }

    fn agent(&self, wire: &Wire) -> AuthAgent {
        let (id, secret) = self.secret.split_once(' ').unwrap();
        AuthAgent::builder(id)
            .agent_secret(secret)
            .server_url(self.url.as_str())
            .token_store(self.store())
            .transport(wire.clone())
            .build()
            .unwrap()
    }

    fn cozy(&self, wire: &Wire) -> zeyos::platforms::cozy::CozyClient {
        let cozy = Cozy::builder(self.url.as_str()).transport(wire.clone()).build().unwrap();
        let client = RegisteredClient::from_json(&serde_json::from_str(&self.secret).unwrap()).unwrap();
        cozy.registered_with(client, Identity::stored_in(self.store())).unwrap()
    }

    fn tokens(&self, wire: &Wire) -> AccessTokens {
        AccessTokens::builder(self.url.as_str(), self.secret.as_str())
            .token_store(self.store())
            .transport(wire.clone())
            .configure(|builder| {
                builder.refresh_limits(
                    RefreshLimits::default()
                        .early(std::time::Duration::from_secs(7200))
                        .floor(std::time::Duration::ZERO)
                        .is_exact(true),
                )
            })
            .build()
            .unwrap()
    }

    /// Renews the tokens, and uses them.
    async fn renew(&self, wire: &Wire) -> Result<(), Box<dyn std::error::Error>> {
        match self.platform {
            Platform::AccessTokens => {
                // Every JWT is about to end by these limits.
                self.tokens(wire).list(ListTokens::new()).await?;
            }
            Platform::AuthAgent => {
                let agent = self.agent(wire);
                agent.refresh().await?;
                agent.user_info().await?;
            }
            _ => {
                let client = self.cozy(wire);
                client.refresh().await?;
                client.request(Method::GET, "/permissions/self").call().await?;
            }
        }
        Ok(())
    }

    /// Signs in, where that is not done by the key.
    async fn begin(&self) {
        let wire = Wire::new();
        let location = |answer: zeyos::http::Response<zeyos::bytes::Bytes>| {
            answer.headers()[zeyos::http::header::LOCATION].to_str().unwrap().to_owned()
        };
        match self.platform {
            Platform::AccessTokens => {}
            Platform::AuthAgent => {
                let agent = self.agent(&wire);
                let login = agent.login("http://127.0.0.1:8484/callback").begin().unwrap();
                let answer = location(visited(login.url().as_str()).await);
                agent.finish(login, Callback::parse(&answer).unwrap()).await.unwrap();
            }
            _ => {
                let client = self.cozy(&wire);
                let login = client.login([Scope::of("io.cozy.files")]).unwrap();
                let page = location(visited(login.url().as_str()).await);
                client.access_token(login, &page).await.unwrap();
            }
        }
    }

    /// Starts a process, and kills it while its n-th request for tokens is on its way.
    fn killed_at(&self, number: usize) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", CHILD, "--ignored", "--nocapture", "--test-threads=1"])
            .envs([(PLATFORM, self.platform.as_str()), (URL, &self.url), (SECRET, &self.secret)])
            .env(FOLDER, &self.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let asked = lines.map_while(Result::ok).filter(|line| line.contains("asking for tokens")).take(number).count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(asked, number, "it has asked as often before it was killed");
    }
}

async fn survives(platform: Platform, secret: impl AsyncFnOnce(&zeyos_emulator::platforms::PlatformServer) -> String) {
    let server = server(platform, &[]).await;
    let folder = std::env::temp_dir().join(format!("zeyos-kills-{}-{}", platform.as_str(), std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let scene = Scene { platform, url: server.url().to_owned(), secret: secret(&server).await, folder };
    scene.begin().await;
    for round in 1..=ROUNDS {
        scene.killed_at(round);
        // Two starts: the first one finds what was left, the second one what that has made of it.
        for start in 0..2 {
            let renewed = scene.renew(&Wire::new()).await;
            assert!(renewed.is_ok(), "{} round {round} start {start}: {renewed:?}", platform.as_str());
        }
    }
    std::fs::remove_dir_all(&scene.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_tokens_go_on_after_a_kill() {
    survives(Platform::AccessTokens, async |server| server.credential("api_key").unwrap().to_owned()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_agent_goes_on_after_a_kill() {
    let secret = async |server: &zeyos_emulator::platforms::PlatformServer| {
        let of = |name| server.credential(name).unwrap();
        format!("{} {}", of("agent_id"), of("agent_secret"))
    };
    survives(Platform::AuthAgent, secret).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cozy_goes_on_after_a_kill() {
    let secret = async |server: &zeyos_emulator::platforms::PlatformServer| {
        let cozy = Cozy::builder(server.url()).build().unwrap();
        cozy.register(super::cozy::notes()).await.unwrap().to_json_exposing_secrets().to_string()
    };
    survives(Platform::Cozy, secret).await;
}

#[test]
#[ignore = "started by the tests before it, as a process that they kill"]
fn a_process_that_renews_until_it_is_killed() {
    let variable = |name| std::env::var(name).unwrap();
    let platform = match variable(PLATFORM).as_str() {
        "access-tokens" => Platform::AccessTokens,
        "auth-agent" => Platform::AuthAgent,
        _ => Platform::Cozy,
    };
    let folder = Path::new(&variable(FOLDER)).to_owned();
    let scene = Scene { platform, url: variable(URL), secret: variable(SECRET), folder };
    let wire = Wire::answering(|sent| {
        if sent.path.ends_with("/token") || sent.path.ends_with("/access_token") {
            println!("\nasking for tokens");
        }
        None
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    loop {
        runtime.block_on(scene.renew(&wire)).unwrap();
    }
}
