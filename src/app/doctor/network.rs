//! The way out: whether names are answered, what webhooks may reach, and whether they reach a given URL.

use std::net::SocketAddr;
use std::time::Duration;

use domain::address::EndpointUrl;
use ipnet::IpNet;

use super::super::wiring;
use super::Finding;
use crate::config::Config;
use crate::egress::{Failure, reach};

/// Of a DNS server, to answer.
const PATIENCE: Duration = Duration::from_secs(5);
const EGRESS: &str = "egress";

pub(super) async fn examine(config: &Config, url: Option<&str>) -> Vec<Finding> {
    let mut findings = vec![ranges(&config.egress.allow_cidrs)];
    for server in &config.egress.nameservers {
        let answered = reach::answers(*server, PATIENCE).await.unwrap_or_default();
        findings.push(nameserver(*server, answered));
    }
    if let Some(url) = url {
        findings.push(way(config, url).await);
    }
    findings
}

fn ranges(allowed: &[IpNet]) -> Finding {
    let check = "egress ranges";
    if allowed.is_empty() {
        return Finding::ok(
            check,
            "public addresses alone; private, loopback and link-local ones are blocked",
        );
    }
    let list: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    Finding::ok(
        check,
        format!(
            "every tenant reaches, by plain http too: {}; other private ones are blocked",
            list.join(", ")
        ),
    )
}

fn nameserver(server: SocketAddr, answered: bool) -> Finding {
    if answered {
        return Finding::ok("dns", format!("{server} answers"));
    }
    Finding::fail(
        "dns",
        format!("{server} does not answer"),
        "correct egress.nameservers, or let this machine reach port 53 there",
    )
}

async fn way(config: &Config, written: &str) -> Finding {
    let url = match EndpointUrl::parse(written, &wiring::policy(config)) {
        Ok(url) => url,
        Err(refused) => return blocked(&refused.to_string()),
    };
    match reach::reach(&wiring::egress(config), &url).await {
        Ok(Ok(took)) => Finding::ok(EGRESS, format!("{written} is reached, in {} ms", took.as_millis())),
        Ok(Err(failure)) => failed(written, &failure),
        Err(error) => Finding::fail(EGRESS, error.to_string(), "correct the settings of [egress]"),
    }
}

fn blocked(why: &str) -> Finding {
    let advice = "if receivers are to be reached there, add their range to egress.allow_cidrs, as narrow as can be, or take the port out \
        of egress.ports_denied";
    Finding::fail(EGRESS, format!("blocked: {why}"), advice)
}

fn failed(url: &str, failure: &Failure) -> Finding {
    let advice = match failure {
        Failure::Blocked(why) => return blocked(why),
        Failure::Tls(_) => {
            "if its certificate is of an authority of your own, name that in egress.extra_ca_file"
        }
        Failure::Timeout | Failure::Unreachable(_) | Failure::Protocol(_) => {
            "look whether a firewall is on the way, and whether the name resolves here; there is no setting for a proxy"
        }
    };
    Finding::fail(EGRESS, format!("{url}: {failure}"), advice)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn what_may_be_reached_is_said() {
        assert!(ranges(&[]).found.starts_with("public addresses alone"));
        let open = ranges(&["10.0.0.0/8".parse().unwrap()]);
        assert!(open.state == State::Ok && open.found.contains("10.0.0.0/8"), "{open:?}");
    }

    #[test]
    fn each_reason_has_its_advice() {
        let advice = |failure: Failure| failed("https://a.test/", &failure).advice.unwrap();
        assert!(advice(Failure::Blocked("no".to_owned())).contains("allow_cidrs"));
        assert!(advice(Failure::Tls("unknown issuer".to_owned())).contains("extra_ca_file"));
        assert!(advice(Failure::Timeout).contains("firewall"));
        assert_eq!(nameserver("127.0.0.1:53".parse().unwrap(), false).state, State::Fail);
    }
}
