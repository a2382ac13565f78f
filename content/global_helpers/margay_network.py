"""Which address ranges are the internet, and which ports should not be open to it."""

from ipaddress import ip_network

# A public range this wide belongs to nobody alone. `0.0.0.0/0` in two halves is still everybody.
WIDE_IPV4_PREFIX_MAX = 8
WIDE_IPV6_PREFIX_MAX = 16
# Ranges of that width that are not the internet: this network, private, loopback, multicast and reserved.
INNER_RANGES = tuple(
    ip_network(text)
    for text in ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "fc00::/7", "ff00::/8")
)

# Ports behind which there is administration, data or file sharing.
SENSITIVE_PORTS = {
    20: "FTP",
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    135: "RPC",
    139: "NetBIOS",
    445: "SMB",
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    2375: "Docker",
    2376: "Docker",
    2379: "etcd",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5439: "Redshift",
    5601: "Kibana",
    5900: "VNC",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    6443: "Kubernetes",
    8086: "InfluxDB",
    9042: "Cassandra",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    10250: "kubelet",
    11211: "memcached",
    27017: "MongoDB",
}

# Ports that are open to the internet on purpose more often than not.
WEB_PORTS = frozenset({80, 443})

# Protocols that have ports, by name and by number; any other value, such as `-1`, means all of them.
PORT_PROTOCOLS = frozenset({"tcp", "udp", "6", "17"})
# Ping and its kin open nothing.
ICMP_PROTOCOLS = frozenset({"icmp", "icmpv6", "1", "58"})


def is_internet(cidr):
    """Whether a range takes in a large part of the internet. Anything that is no range does not."""
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        return False
    widest = WIDE_IPV4_PREFIX_MAX if network.version == 4 else WIDE_IPV6_PREFIX_MAX
    if network.prefixlen > widest:
        return False
    return not any(
        network.version == inner.version and network.subnet_of(inner) for inner in INNER_RANGES
    )


def is_default_route(cidr):
    """Whether a route's destination is everything, or half of everything."""
    try:
        return ip_network(cidr, strict=False).prefixlen <= 1
    except ValueError:
        return False


def opened_services(protocol, first, last):
    """What a range of ports gives access to: names such as `SSH`, `everything` for all ports, or nothing."""
    protocol = str(protocol).lower()
    if protocol in ICMP_PROTOCOLS:
        return []
    if protocol not in PORT_PROTOCOLS or not _is_range(first, last) or (first <= 1 and last >= 65534):
        return ["everything"]
    names = [name for port, name in sorted(SENSITIVE_PORTS.items()) if first <= port <= last]
    return list(dict.fromkeys(names))


def is_ordinary(protocol, first, last):
    """Whether it is a web port alone, or ping: what is open to the internet everywhere."""
    protocol = str(protocol).lower()
    if protocol in ICMP_PROTOCOLS:
        return True
    return protocol in PORT_PROTOCOLS and first == last and first in WEB_PORTS


def _is_range(first, last):
    return isinstance(first, int) and isinstance(last, int) and first >= 0
