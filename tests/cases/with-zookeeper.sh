#!/bin/sh
# Run a command beside a ZooKeeper of its own: with-zookeeper.sh COMMAND...
#
# In the sandbox there is no /etc of Debian's Java, so its settings are made here.
set -eu
java=$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")
home=/tmp/java
mkdir -p $home/conf/security
ln -s "$java/lib" $home/lib
cat >$home/conf/security/java.security <<'SETTINGS'
security.provider.1=SUN
security.provider.2=SunRsaSign
security.provider.3=SunJCE
securerandom.source=file:/dev/urandom
SETTINGS
"$java/bin/java" -Djava.home=$home -Xmx128m -XX:TieredStopAtLevel=1 \
    -Dzookeeper.admin.enableServer=false -cp /usr/share/java/zookeeper.jar \
    org.apache.zookeeper.server.ZooKeeperServerMain 2181 /tmp/zookeeper >/tmp/zookeeper.log 2>&1 &
trap 'kill $!' EXIT
python - <<'WAIT'
import socket, time
end = time.time() + 60
while True:
    try:
        link = socket.create_connection(("127.0.0.1", 2181), 5)
        link.sendall(b"srvr")
        said = b""
        while True:
            more = link.recv(4096)
            if not more:
                break
            said += more
        link.close()
        if b"Mode: standalone" in said:
            break
    except OSError:
        pass
    if time.time() > end:
        raise SystemExit("ZooKeeper does not answer: " + open("/tmp/zookeeper.log").read())
    time.sleep(0.1)
WAIT
echo "beside a real ZooKeeper"
TOOZ_URL=kazoo://127.0.0.1:2181 "$@"
