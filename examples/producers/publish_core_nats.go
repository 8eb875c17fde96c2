// Publishes an event to core NATS, without JetStream's acknowledgement: quicker, and promised less. The flush ends when the
// server has read it; that the stream stored it nobody says. An event that must not be lost is published with JetStream
// (publish_jetstream.go). Needs github.com/nats-io/nats.go.
//
//	go -C examples run producers/publish_core_nats.go sensor.hot '{"celsius": 42}' reading-42
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

const timeout = 5 * time.Second

func main() {
	if len(os.Args) != 4 {
		log.Fatal("give the event type, the data as JSON, and the event's id")
	}
	event, data, id := os.Args[1], os.Args[2], os.Args[3]
	url, tenant := os.Getenv("NATS_URL"), os.Getenv("HOOKYARD_TENANT")
	if url == "" {
		url = nats.DefaultURL
	}
	if tenant == "" {
		tenant = "demo"
	}
	client, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	message := nats.NewMsg("events." + tenant + "." + event)
	message.Data = []byte(data)
	// Under the same id it is delivered once, however often it is published.
	message.Header.Set("Hookyard-Event-Id", id)
	if err := client.PublishMsg(message); err != nil {
		log.Fatal(err)
	}
	if err := client.FlushTimeout(timeout); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("sent  %s  %s\n", message.Subject, id)
}
