#!/usr/bin/env bash
# A private RabbitMQ on the loopback, of one node or several, beside whatever else the machine runs: its own names, ports, cookie and folder.
#   cluster.sh start FOLDER NODES   start it; when all nodes take part, print HOST:PORT of each, a line for each
#   cluster.sh again FOLDER N       start node N once more, with what it kept
#   cluster.sh kill FOLDER N        end node N as a power cut does
#   cluster.sh ctl FOLDER N WORDS   rabbitmqctl, for node N
#   cluster.sh stop FOLDER          end all of it, and nothing else
# Exit status 3, with the reason, where this machine cannot run one.
set -euo pipefail

programs=/usr/lib/rabbitmq/bin  # the packages' wrappers in /usr/sbin change user and folder
within=${GUANTONG_CLUSTER_SECONDS:-240}

cannot() { echo "$*" >&2; exit 3; }

[ $# -ge 2 ] || { sed -n '2,8p' "$0"; exit 2; }
verb=$1 folder=$2
shift 2
[ -x "$programs/rabbitmq-server" ] || cannot "there is no $programs/rabbitmq-server"
command -v epmd >/dev/null || cannot "there is no epmd (Erlang)"

# environment N: what node N is told. Nothing of the system's own node is read or written.
environment() {
  export HOME="$folder" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT RABBITMQ_NODENAME RABBITMQ_NODE_PORT RABBITMQ_DIST_PORT
  ERL_EPMD_PORT=$(sed -n 1p "$folder/ports")
  RABBITMQ_NODENAME=$(sed -n "$1p" "$folder/names")
  RABBITMQ_NODE_PORT=$(sed -n "$((2 * $1))p" "$folder/ports")
  RABBITMQ_DIST_PORT=$(sed -n "$((2 * $1 + 1))p" "$folder/ports")
  export RABBITMQ_CONF_ENV_FILE="$folder/environment" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" RABBITMQ_CONFIG_FILES="$folder/none"
  export RABBITMQ_ADVANCED_CONFIG_FILE="$folder/none.config" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins"
  export RABBITMQ_MNESIA_BASE="$folder/$1/kept" RABBITMQ_LOG_BASE="$folder/$1/log" RABBITMQ_PID_FILE="$folder/$1/pid"
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
}

begin() {
  environment "$1"
  mkdir -p "$folder/$1"
  setsid "$programs/rabbitmq-server" </dev/null >>"$folder/$1/out" 2>&1 &
  echo $! >"$folder/$1/launched"
}

# reached N: node N is up, with everybody in its cluster.
reached() {
  environment "$1"
  local deadline=$((SECONDS + within))
  until "$programs/rabbitmqctl" -q await_startup --timeout 5 >/dev/null 2>&1 && together; do
    ((SECONDS < deadline)) || cannot "node $1 did not take part within $within s: $(tail -n 3 "$folder/$1/out" | tr '\n' ' ')"
    kill -0 "$(cat "$folder/$1/launched")" 2>/dev/null || cannot "node $1 ended while it started: $(tail -n 3 "$folder/$1/out" | tr '\n' ' ')"
    sleep 0.2
  done
}

together() {
  local running
  running=$("$programs/rabbitmqctl" -q eval 'length([N || N <- [node() | nodes()], rabbit:is_running(N)]).' 2>/dev/null) && [ "$running" = "$(wc -l <"$folder/names")" ]
}

case $verb in
start)
  nodes=$1
  mkdir -p "$folder"
  chmod 700 "$folder"
  head -c 15 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$folder/.erlang.cookie"
  chmod 400 "$folder/.erlang.cookie"
  mark=gt$(head -c 4 /dev/urandom | od -An -tx1 | tr -d ' \n')
  for number in $(seq "$nodes"); do echo "$mark-$number@localhost"; done >"$folder/names"
  python3 - "$((2 * nodes + 1))" >"$folder/ports" <<'PORTS'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(one.getsockname()[1] for one in held), sep="\n")
PORTS
  : >"$folder/environment"
  echo '[].' >"$folder/plugins"
  {
    echo 'loopback_users.guest = true'
    echo 'disk_free_limit.absolute = 1MB'
    echo 'log.file.level = warning'
    if ((nodes > 1)); then
      echo 'cluster_formation.peer_discovery_backend = classic_config'
      awk '{print "cluster_formation.classic_config.nodes." NR " = " $0}' "$folder/names"
    fi
  } >"$folder/rabbitmq.conf"
  # The first makes the cluster, the others join it: begun at once, they wait for one another's locks.
  for number in $(seq "$nodes"); do begin "$number"; done
  for number in $(seq "$nodes"); do reached "$number"; done
  for number in $(seq "$nodes"); do echo "127.0.0.1:$(sed -n "$((2 * number))p" "$folder/ports")"; done
  ;;
again)
  begin "$1"
  reached "$1"
  ;;
kill)
  kill -KILL -- "-$(cat "$folder/$1/launched")"
  ;;
ctl)
  environment "$1"
  shift
  exec "$programs/rabbitmqctl" -q "$@"
  ;;
stop)
  for launched in "$folder"/*/launched; do
    [ -e "$launched" ] && kill -KILL -- "-$(cat "$launched")" 2>/dev/null || true
  done
  [ -e "$folder/ports" ] || exit 0
  environment 1
  deadline=$((SECONDS + 30))
  until epmd -kill >/dev/null 2>&1 || ! (exec 3<>"/dev/tcp/127.0.0.1/$ERL_EPMD_PORT") 2>/dev/null; do
    ((SECONDS < deadline)) || break  # it still counts a node that has just ended
    sleep 0.2
  done
  ;;
*)
  sed -n '2,8p' "$0"
  exit 2
  ;;
esac
