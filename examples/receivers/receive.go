// Receives webhooks with nothing but Go's standard library.
//
//	WEBHOOK_SECRET=whsec_… PORT=8015 go run examples/receivers/receive.go
//
// Verify, remember the id, queue, answer: nothing is done while the sender waits.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tolerance = 5 * time.Minute
	// An event that is published alone has at most 1 MiB (server.publish_body_max_bytes).
	bodyBytesMax = 2 << 20
	// Webhooks that wait to be worked on. In earnest they wait in a table: a 2xx says that you have it.
	waitingMax = 1000
	// Ids that are remembered. In earnest: a column with a unique key, written in the transaction that does the work.
	seenMax = 100_000
	// Of a sender that stops in the middle.
	readTimeout = 10 * time.Second
	// Longer than the sender keeps a connection that it does not use (egress.pool_idle, 30 s): it is never closed on a request.
	idleTimeout = time.Minute
)

type job struct {
	id   string
	body []byte
}

type receiver struct {
	key     []byte
	waiting chan job
	lock    sync.Mutex
	seen    map[string]bool
	// The ids that came last, from the oldest on.
	order []string
}

// A secret that the service made begins with whsec_, and is base64 behind that; any other is a key as it is.
func keyOf(secret string) ([]byte, error) {
	if strings.HasPrefix(secret, "whsec_") {
		return base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	}
	return []byte(secret), nil
}

// Says why not, and by which status, unless our secret signed this body, and did so lately: 0 then. `body` holds the bytes as
// they came: parsed and written again, they would have another signature.
func verify(key []byte, headers http.Header, body []byte, now time.Time) (int, string) {
	id, timestamp := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	signatures := headers.Get("webhook-signature")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || signatures == "" || err != nil {
		return http.StatusBadRequest, "a header of Standard Webhooks is missing"
	}
	// The time is signed too: what somebody recorded cannot be sent again later.
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return http.StatusBadRequest, "the timestamp is too old, or too new"
	}
	hash := hmac.New(sha256.New, key)
	fmt.Fprintf(hash, "%s.%s.", id, timestamp)
	hash.Write(body)
	expected := hash.Sum(nil)
	// There are several while a secret is replaced: one that is right is enough.
	for _, signature := range strings.Fields(signatures) {
		version, coded, _ := strings.Cut(signature, ",")
		given, err := base64.StdEncoding.DecodeString(coded)
		// In constant time.
		if version == "v1" && err == nil && hmac.Equal(given, expected) {
			return 0, ""
		}
	}
	return http.StatusUnauthorized, "no signature is by our secret"
}

// Like verify: 0 where it is taken.
func (r *receiver) accept(id string, body []byte) (int, string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	// Each webhook comes at least once: the same id again is the same webhook again.
	if r.seen[id] {
		fmt.Println("again ", id)
		return 0, ""
	}
	select {
	case r.waiting <- job{id, body}:
	default:
		// It comes again, when there is room.
		return http.StatusServiceUnavailable, "too much is waiting"
	}
	if len(r.order) == seenMax {
		delete(r.seen, r.order[0])
		r.order = r.order[1:]
	}
	r.seen[id] = true
	r.order = append(r.order, id)
	return 0, ""
}

func (r *receiver) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, bodyBytesMax))
	status, why := http.StatusRequestEntityTooLarge, "the body is too large, or ended early"
	if err == nil {
		status, why = verify(r.key, request.Header, body, time.Now())
	}
	if status == 0 {
		status, why = r.accept(request.Header.Get("webhook-id"), body)
	}
	if status == 0 {
		writer.WriteHeader(http.StatusNoContent)
		return
	}
	fmt.Printf("refused  %d  %s\n", status, why)
	http.Error(writer, why, status)
}

func (r *receiver) workOff() {
	for job := range r.waiting {
		var event struct {
			Event string          `json:"event"`
			Data  json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(job.body, &event); err != nil {
			log.Print(err)
			continue
		}
		// Your work goes here.
		fmt.Printf("verified  %s  %s  %s\n", event.Event, job.id, event.Data)
	}
}

func main() {
	secret, port := os.Getenv("WEBHOOK_SECRET"), os.Getenv("PORT")
	if secret == "" {
		log.Fatal("WEBHOOK_SECRET: the endpoint's signing secret")
	}
	if port == "" {
		port = "8015"
	}
	key, err := keyOf(secret)
	if err != nil {
		log.Fatal("WEBHOOK_SECRET: ", err)
	}
	r := &receiver{key: key, waiting: make(chan job, waitingMax), seen: map[string]bool{}}
	go r.workOff()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s/\n", listener.Addr())
	server := http.Server{Handler: r, ReadTimeout: readTimeout, IdleTimeout: idleTimeout}
	log.Fatal(server.Serve(listener))
}
