//! Names from a DNS server that says what the test wants.

use std::net::Ipv4Addr;

use tokio::net::{TcpListener, UdpSocket};

use super::*;

const HEADER_BYTES: usize = 12;
const TYPE_A: [u8; 2] = [0, 1];

/// The neighbour of [`Ipv4Addr::LOCALHOST`], where the policy allows one of the two.
const ALLOWED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Answers A queries by the first label: `good`, `mixed`, and `rebinds`, which is another address each time; leaves
/// `silent` unanswered; knows no other name.
async fn server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 1500];
        let mut rebound = false;
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            if let Some(reply) = reply(&packet[..length], &mut rebound) {
                let _ = socket.send_to(&reply, from).await;
            }
        }
    });
    address
}

fn reply(query: &[u8], rebound: &mut bool) -> Option<Vec<u8>> {
    let mut end = HEADER_BYTES;
    while query[end] != 0 {
        end += 1 + usize::from(query[end]);
    }
    let (kind, question_end) = (&query[end + 1..end + 3], end + 5);
    let label = &query[HEADER_BYTES + 1..=HEADER_BYTES + usize::from(query[HEADER_BYTES])];
    let addresses: &[Ipv4Addr] = match label {
        b"good" => &[Ipv4Addr::LOCALHOST],
        b"mixed" => &[Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 0, 0, 1)],
        b"rebinds" if kind == TYPE_A => {
            *rebound = !*rebound;
            if *rebound { &[ALLOWED] } else { &[Ipv4Addr::LOCALHOST] }
        }
        b"rebinds" => &[ALLOWED],
        b"silent" => return None,
        _ => &[],
    };
    let known = !addresses.is_empty();
    let addresses = if kind == TYPE_A { addresses } else { &[] };
    let code = if known { 0x80 } else { 0x83 };
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, code, 0, 1, 0, u8::try_from(addresses.len()).unwrap(), 0, 0, 0, 0]);
    reply.extend(&query[HEADER_BYTES..question_end]);
    for address in addresses {
        // Name: the question's; class IN; for no time; four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    Some(reply)
}

fn asking(server: SocketAddr) -> Egress {
    let mut config = config(&["127.0.0.0/8"]);
    config.nameservers = vec![server];
    Egress::new(&config).unwrap()
}

#[tokio::test]
async fn the_named_server_is_asked_and_its_answers_vetted() {
    let receiver = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let egress = asking(server().await);
    let attempt = async |host: &str| {
        let url = format!("http://{host}:{}/", receiver.port());
        egress.attempt(request(&url, AMPLE)).await.result
    };
    let mixed = "mixed.hookyard.example resolves to an address that is not allowed";
    assert_eq!(attempt("mixed.hookyard.example").await, Err(Failure::Blocked(mixed.to_owned())));
    let unknown = "unknown.hookyard.example has no address";
    assert_eq!(attempt("unknown.hookyard.example").await, Err(Failure::Unreachable(unknown.to_owned())));
    assert_eq!(receiver.connections(), 0);
    assert_eq!(attempt("good.hookyard.example").await.unwrap().status, 200);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_silent_server_ends_at_the_deadline() {
    let egress = asking(server().await);
    assert_timeout(&egress.attempt(request("http://silent.hookyard.example/", SHORT)).await);
}

/// Who controls a name may answer with one address when it is vetted and with another a moment later.
#[tokio::test]
async fn a_name_that_rebinds_leads_nowhere_but_to_what_was_vetted() {
    let victim = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let allowed = TcpListener::bind((ALLOWED, victim.port())).await.unwrap();
    let answering = tokio::spawn(async move {
        let mut connections = 0;
        while connections < 4 {
            let (mut stream, _) = allowed.accept().await.unwrap();
            connections += 1;
            read_request(&mut stream).await;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                .await
                .unwrap();
        }
    });
    let mut config = config(&["127.0.0.2/32"]);
    config.nameservers = vec![server().await];
    let egress = Egress::new(&config).unwrap();
    let url = format!("http://rebinds.hookyard.example:{}/", victim.port());
    let refused = "rebinds.hookyard.example resolves to an address that is not allowed";
    for _ in 0..4 {
        assert_eq!(egress.attempt(request(&url, AMPLE)).await.result.unwrap().status, 200);
        let rebound = egress.attempt(request(&url, AMPLE)).await.result;
        assert_eq!(rebound, Err(Failure::Blocked(refused.to_owned())));
    }
    answering.await.unwrap();
    assert_eq!(victim.connections(), 0);
}

/// In whatever spelling, and although somebody listens: nothing is connected to.
#[tokio::test]
async fn loopback_by_literal_sees_no_connection() {
    let victim = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let egress = Egress::new(&config(&["127.0.0.2/32"])).unwrap();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "１２７.０.０.１",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "a.localhost",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{}/", victim.port());
            let result = egress.attempt(request(&url, AMPLE)).await.result;
            assert!(matches!(result, Err(Failure::Blocked(_))), "{url}: {result:?}");
        }
    }
    assert_eq!(victim.connections(), 0);
}

#[tokio::test]
async fn a_port_that_is_denied_now_is_not_connected_to() {
    let victim = Receiver::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let mut config = config(&["127.0.0.0/8"]);
    config.policy = config.policy.denying(vec![victim.port()]);
    let result = Egress::new(&config).unwrap().attempt(request(&victim.url(), AMPLE)).await.result;
    assert!(matches!(result, Err(Failure::Blocked(_))), "{result:?}");
    assert_eq!(victim.connections(), 0);
}
