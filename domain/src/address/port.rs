//! Ports that no webhook goes to, unless the operator says otherwise (`egress.ports_denied`): there, something else
//! than HTTP listens, and some of it takes the lines of a request for its own.

/// The bad ports of the Fetch standard (<https://fetch.spec.whatwg.org/#port-blocking>), and then those of databases,
/// queues, remote desktops and control planes. In order.
pub const PORTS_DENIED: [u16; 98] = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719,
    1720, 1723, 2049, 2375, 2379, 3306, 3389, 3659, 4045, 4190, 4222, 5060, 5061, 5432, 5672, 5900, 6000,
    6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9092, 10080, 10250, 11211, 27017,
];
