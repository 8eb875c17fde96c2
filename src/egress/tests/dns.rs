//! Names from a DNS server that says what the test wants.

use std::net::Ipv4Addr;

use tokio::net::UdpSocket;

use super::*;

const HEADER_BYTES: usize = 12;
const TYPE_A: [u8; 2] = [0, 1];

/// Answers A queries by the first label: `good`, `mixed`; leaves `silent` unanswered; knows no other name.
async fn server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            if let Some(reply) = reply(&packet[..length]) {
                let _ = socket.send_to(&reply, from).await;
            }
        }
    });
    address
}

fn reply(query: &[u8]) -> Option<Vec<u8>> {
    let mut end = HEADER_BYTES;
    while query[end] != 0 {
        end += 1 + usize::from(query[end]);
    }
    let (kind, question_end) = (&query[end + 1..end + 3], end + 5);
    let label = &query[HEADER_BYTES + 1..=HEADER_BYTES + usize::from(query[HEADER_BYTES])];
    let addresses: &[Ipv4Addr] = match label {
        b"good" => &[Ipv4Addr::LOCALHOST],
        b"mixed" => &[Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 0, 0, 1)],
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
        // Name: the question's; class IN; a minute; four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
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
