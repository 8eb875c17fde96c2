// Publishes an event by HTTP with nothing but Go's standard library, and again until it is taken: under the same id it is
// delivered once.
//
//	HOOKYARD_KEY=hy_… go run examples/producers/publish_http.go order.paid '{"id": 42}' order-42
//
// HOOKYARD_URL says where the API is. A key belongs to one tenant; the operator's belongs to none, and HOOKYARD_TENANT says
// then whose event it is.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	tries = 5
	// After the first; each wait is twice the one before, or what the service asks for.
	firstWait = 500 * time.Millisecond
	// Longer than the service takes to answer (server.request_timeout, 40 s).
	timeout = 45 * time.Second
	// Of an answer.
	bytesMax = 1 << 20
)

func main() {
	key := os.Getenv("HOOKYARD_KEY")
	if key == "" || len(os.Args) != 4 {
		log.Fatal("give the event type, the data as JSON and the event's id; and the API key, hy_…, in HOOKYARD_KEY")
	}
	url := os.Getenv("HOOKYARD_URL")
	if url == "" {
		url = "http://127.0.0.1:8013"
	}
	// The id is what the producer calls it: best a name that it has anyway, such as the order's number.
	event, data, id := os.Args[1], json.RawMessage(os.Args[2]), os.Args[3]
	body, err := json.Marshal(map[string]any{"event": event, "eventId": id, "data": data})
	if err != nil {
		log.Fatal(err)
	}
	said, err := publish(url+"/api/v1/events", key, os.Getenv("HOOKYARD_TENANT"), body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(said)
}

// A 202 means that the event is in the ledger. Whatever says nothing of the kind is asked again: no answer, 429, 503. Any
// other 4xx is not: it would be refused again.
func publish(url, key, tenant string, body []byte) (string, error) {
	client := http.Client{Timeout: timeout}
	wait := firstWait
	for number := 1; ; number++ {
		said, status, asked, err := post(&client, url, key, tenant, body)
		if err == nil && status/100 == 2 {
			return said, nil
		}
		if err == nil {
			err = fmt.Errorf("%d %s", status, said)
		}
		isFinal := status >= 400 && status < 500 && status != http.StatusTooManyRequests
		if isFinal || number == tries {
			return "", err
		}
		log.Printf("not taken yet: %v", err)
		if asked > wait {
			wait = asked
		}
		time.Sleep(wait)
		wait *= 2
	}
}

// What is said, with which status, and the wait that is asked for.
func post(client *http.Client, url, key, tenant string, body []byte) (string, int, time.Duration, error) {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", 0, 0, err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	if tenant != "" {
		request.Header.Set("X-Tenant-Id", tenant)
	}
	response, err := client.Do(request)
	if err != nil {
		return "", 0, 0, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(io.LimitReader(response.Body, bytesMax))
	if err != nil {
		return "", 0, 0, err
	}
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return string(said), response.StatusCode, time.Duration(seconds) * time.Second, nil
}
