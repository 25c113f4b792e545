//! A client that says exactly what it is told, and a program that serves for as long as it is held.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Result, Shop};

/// Nothing on this machine takes that long.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A connection.
pub(crate) trait Wire: Read + Write + Send {}

impl<T: Read + Write + Send> Wire for T {}

/// One connection to a door.
pub(crate) struct Client {
    wire: BufReader<Box<dyn Wire>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The headers as they came, a line each, with small names.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(LONG))?;
        stream.set_write_timeout(Some(LONG))?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }

    pub(crate) fn over(wire: impl Wire + 'static) -> Self {
        Self { wire: BufReader::new(Box::new(wire)) }
    }

    /// Sends these bytes and no others.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.wire.get_mut().write_all(bytes)?;
        Ok(self.wire.get_mut().flush()?)
    }

    /// Sends a request with a key and a body of JSON, empty for none.
    pub(crate) fn ask(&mut self, key: &str, line: &str, body: &str) -> Result<Answer> {
        self.ask_with(key, line, "", body)
    }

    /// The same with more headers, each ended by CR LF.
    pub(crate) fn ask_with(
        &mut self,
        key: &str,
        line: &str,
        headers: &str,
        body: &str,
    ) -> Result<Answer> {
        let length = match body {
            "" => String::new(),
            _ => format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()),
        };
        let head = format!("{line} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {key}\r\n");
        self.send(format!("{head}{headers}{length}\r\n{body}").as_bytes())?;
        self.answer()
    }

    /// Reads the next answer.
    pub(crate) fn answer(&mut self) -> Result<Answer> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.wire.read_line(&mut line)? == 0 {
                return Err("the connection was closed before an answer".into());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status = lines.first().and_then(|line| line.split(' ').nth(1));
        let status = status.ok_or("no status")?.parse()?;
        let small = |line: &String| match line.split_once(':') {
            Some((name, value)) => format!("{}:{value}\n", name.to_ascii_lowercase()),
            None => format!("{line}\n"),
        };
        let head = lines.iter().skip(1).map(small).collect();
        let mut answer = Answer { status, head, body: Vec::new() };
        answer.body = self.body(&answer)?;
        Ok(answer)
    }

    fn body(&mut self, answer: &Answer) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        if answer.header("transfer-encoding").is_none() {
            let length = answer.header("content-length").unwrap_or("0").parse()?;
            body.resize(length, 0);
            self.wire.read_exact(&mut body)?;
            return Ok(body);
        }
        loop {
            let mut line = String::new();
            self.wire.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            let mut chunk = vec![0; length + 2];
            self.wire.read_exact(&mut chunk)?;
            body.extend(&chunk[..length]);
            if length == 0 {
                return Ok(body);
            }
        }
    }

    /// Waits until the other side closes; a reset is an end as well. What came before it.
    pub(crate) fn rest(&mut self) -> Result<String> {
        let mut rest = Vec::new();
        let mut bytes = [0; 4096];
        loop {
            match self.wire.read(&mut bytes) {
                Ok(0) => break,
                Ok(n) => rest.extend(&bytes[..n]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Err("the connection was not closed".into());
                }
                Err(_) => break,
            }
        }
        Ok(String::from_utf8_lossy(&rest).into_owned())
    }
}

/// `tillbook serve`, running.
pub(crate) struct Serving {
    child: Mutex<Child>,
    pub(crate) address: SocketAddr,
    /// What it printed so far.
    told: Arc<Mutex<String>>,
    log: Arc<Mutex<String>>,
    readers: Mutex<Vec<JoinHandle<()>>>,
}

impl Serving {
    /// Starts it at a free port and waits until it says that it listens.
    pub(crate) fn start(shop: &Shop, arguments: &[&str]) -> Result<Self> {
        Self::start_at(shop, "127.0.0.1:0", arguments)
    }

    /// Starts it where the test says.
    pub(crate) fn start_at(shop: &Shop, listen: &str, arguments: &[&str]) -> Result<Self> {
        let mut program = shop.program();
        program.args(["serve", "--listen", listen, "--log-format", "json"]);
        let mut child =
            program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (told, log) = (Arc::<Mutex<String>>::default(), Arc::<Mutex<String>>::default());
        let (line_read, lines) = mpsc::channel();
        let readers = Mutex::new(vec![
            keep(stdout.ok_or("no stdout")?, &told, Some(line_read)),
            keep(stderr.ok_or("no stderr")?, &log, None),
        ]);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let child = Mutex::new(child);
        let mut serving = Self { child, address, told, log, readers };
        loop {
            let Ok(line) = lines.recv_timeout(LONG) else {
                return Err(format!("it did not start: {}", serving.logged()).into());
            };
            if let Some(url) = line.trim().strip_prefix("at ") {
                let address = url.trim().rsplit('/').next().unwrap_or_default();
                serving.address = address.parse()?;
            }
            if line.contains("tillbook key add") {
                return Ok(serving);
            }
        }
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(self.address)
    }

    pub(crate) fn told(&self) -> String {
        self.told.lock().map(|told| told.clone()).unwrap_or_default()
    }

    pub(crate) fn logged(&self) -> String {
        self.log.lock().map(|log| log.clone()).unwrap_or_default()
    }

    /// The line that it prints for people to try.
    pub(crate) fn curl(&self) -> Option<String> {
        let told = self.told();
        let line = told.lines().find(|line| line.trim().starts_with("curl "));
        line.map(|line| line.trim().to_owned())
    }

    /// The key in that line.
    pub(crate) fn key(&self) -> Option<String> {
        let curl = self.curl()?;
        let (_, rest) = curl.split_once("Bearer ")?;
        rest.split('"').next().map(str::to_owned)
    }

    /// The number under which the system knows it.
    pub(crate) fn id(&self) -> Result<u32> {
        Ok(self.child.lock().map_err(|_| "poisoned")?.id())
    }

    /// Ends it at once, as a power cut does.
    pub(crate) fn kill(&self) -> Result<()> {
        let mut child = self.child.lock().map_err(|_| "poisoned")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Asks it to end.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) -> Result<()> {
        let id = self.child.lock().map_err(|_| "poisoned")?.id().to_string();
        let done =
            std::process::Command::new("kill").args([&format!("-{signal}"), &id]).status()?;
        if done.success() { Ok(()) } else { Err("kill failed".into()) }
    }

    /// Waits for its end; then all that it said has been read.
    pub(crate) fn wait(&self) -> Result<ExitStatus> {
        let pause = Duration::from_millis(20);
        for _ in 0..LONG.as_millis() / pause.as_millis() {
            if let Some(status) = self.child.lock().map_err(|_| "poisoned")?.try_wait()? {
                let mut readers = self.readers.lock().map_err(|_| "poisoned")?;
                readers.drain(..).for_each(|reader| drop(reader.join()));
                return Ok(status);
            }
            std::thread::sleep(pause);
        }
        Err("it did not end".into())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Reads on a thread, so that the program never waits for us.
fn keep(
    from: impl Read + Send + 'static,
    into: &Arc<Mutex<String>>,
    line_read: Option<mpsc::Sender<String>>,
) -> JoinHandle<()> {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if let Ok(mut into) = into.lock() {
                into.push_str(&line);
                into.push('\n');
            }
            line_read.as_ref().map(|line_read| line_read.send(line));
        }
    })
}
