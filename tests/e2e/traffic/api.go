package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/url"
	"os"
	"time"
)

// apiServer reads from the API server with a client certificate.
type apiServer struct {
	base   string
	client *http.Client
}

func newAPIServer(base, authority, certificate, key string) (*apiServer, error) {
	pem, err := os.ReadFile(authority)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", authority)
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}
	return &apiServer{base, &http.Client{Transport: &http.Transport{TLSClientConfig: config}}}, nil
}

func (s *apiServer) open(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", s.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return response.Body, nil
}

func (s *apiServer) get(ctx context.Context, path string, query url.Values, into any) error {
	body, err := s.open(ctx, path, query)
	if err != nil {
		return err
	}
	defer body.Close()
	return json.NewDecoder(body).Decode(into)
}

type metadata struct {
	Name            string            `json:"name"`
	ResourceVersion string            `json:"resourceVersion"`
	Annotations     map[string]string `json:"annotations"`
}

type named interface{ name() string }

// follow keeps `changed` told of all objects of a list, by name, until ctx ends. The API
// server may go and come back: until then what was known last stands.
func follow[T named](ctx context.Context, s *apiServer, path string, query url.Values,
	changed func(map[string]T)) {
	for ctx.Err() == nil {
		if err := followOnce(ctx, s, path, query, changed); err != nil && ctx.Err() == nil {
			log.Printf("following %s: %v", path, err)
			time.Sleep(500 * time.Millisecond)
		}
	}
}

func followOnce[T named](ctx context.Context, s *apiServer, path string, query url.Values,
	changed func(map[string]T)) error {
	var list struct {
		Metadata metadata `json:"metadata"`
		Items    []T      `json:"items"`
	}
	if err := s.get(ctx, path, query, &list); err != nil {
		return err
	}
	known := make(map[string]T)
	for _, item := range list.Items {
		known[item.name()] = item
	}
	changed(maps.Clone(known))
	watch := url.Values{"watch": {"true"}, "resourceVersion": {list.Metadata.ResourceVersion},
		"timeoutSeconds": {"300"}}
	for name, values := range query {
		watch[name] = values
	}
	body, err := s.open(ctx, path, watch)
	if err != nil {
		return err
	}
	defer body.Close()
	events := json.NewDecoder(bufio.NewReader(body))
	for {
		var event struct {
			Type   string `json:"type"`
			Object T      `json:"object"`
		}
		if err := events.Decode(&event); err != nil {
			if errors.Is(err, io.EOF) {
				return nil // the server ends watches now and then
			}
			return err
		}
		switch event.Type {
		case "ERROR":
			return nil // too old a version: list again
		case "DELETED":
			delete(known, event.Object.name())
		default:
			known[event.Object.name()] = event.Object
		}
		changed(maps.Clone(known))
	}
}
