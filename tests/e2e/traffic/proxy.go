package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A request goes to this many pods at most before it fails, as nginx' proxy_next_upstream.
const maxTries = 3

type proxy struct {
	namespace, service string
	metricsAddress     string
	pods               backends
	durations          histograms
	transport          *http.Transport
	timeout            time.Duration
	logMutex           sync.Mutex
	accessLog          *bufio.Writer
}

func runProxy(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("proxy", flag.ExitOnError)
	api := flags.String("api", "", "URL of the API server")
	authority := flags.String("authority", "", "file of its certificate authority")
	certificate := flags.String("certificate", "", "file of the client certificate")
	key := flags.String("key", "", "file of its key")
	namespace := flags.String("namespace", "default", "of the Service")
	service := flags.String("service", "", "whose pods are balanced over")
	listen := flags.String("listen", "", "host:port for requests")
	metrics := flags.String("metrics", "", "host:port for /metrics, /targets and /healthz")
	logFile := flags.String("access-log", "", "file to append to, in nginx' format")
	timeout := flags.Duration("timeout", 60*time.Second, "of an upstream")
	_ = flags.Parse(arguments)

	server, err := newAPIServer(*api, *authority, *certificate, *key)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(*logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	p := &proxy{namespace: *namespace, service: *service, metricsAddress: *metrics,
		timeout: *timeout, accessLog: bufio.NewWriter(file)}
	p.transport = &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true,
		DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext}
	go p.pods.followService(ctx, server, *namespace, *service)
	go p.tidy(ctx)
	defer p.flush()
	return serveBoth(ctx, &http.Server{Addr: *listen, Handler: p},
		&http.Server{Addr: *metrics, Handler: p.observability()})
}

// serveBoth runs until ctx ends or one of the servers cannot go on.
func serveBoth(ctx context.Context, servers ...*http.Server) error {
	failed := make(chan error, len(servers))
	for _, server := range servers {
		go func() { failed <- server.ListenAndServe() }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		for _, server := range servers {
			server.Close()
		}
		return nil
	}
}

// tidy flushes the access log twice a second and forgets pods that are gone.
func (p *proxy) tidy(ctx context.Context) {
	for range time.Tick(500 * time.Millisecond) {
		present := make(map[string]bool)
		for _, one := range p.pods.all() {
			present[one.pod] = true
		}
		p.durations.forgetOthers(present)
		p.flush()
		if ctx.Err() != nil {
			return
		}
	}
}

func (p *proxy) flush() {
	p.logMutex.Lock()
	defer p.logMutex.Unlock()
	p.accessLog.Flush()
}

// attempt is what one upstream made of a request.
type attempt struct {
	address string
	took    time.Duration
}

func (p *proxy) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(in.Context(), p.timeout)
	defer cancel()
	var attempts []attempt
	var tried []*backend
	code, size, isAnswered := http.StatusServiceUnavailable, int64(0), false
	for len(tried) < maxTries {
		one := p.pods.take(tried)
		if one == nil {
			break
		}
		tried = append(tried, one)
		begun := time.Now()
		response, err := p.ask(ctx, one, in)
		if err == nil {
			code, isAnswered = response.StatusCode, true
			size = relay(out, response)
		} else {
			code = codeOf(err)
		}
		one.inFlight.Add(-1)
		took := time.Since(begun)
		attempts = append(attempts, attempt{one.address, took})
		// A pod that cannot be reached has served nothing; another is asked instead.
		if isAnswered || code != http.StatusBadGateway {
			p.durations.record(one.pod, strconv.Itoa(code), in.URL.Path, took)
			break
		}
	}
	if !isAnswered {
		http.Error(out, http.StatusText(code), code)
	}
	if len(attempts) == 0 {
		p.durations.record("", strconv.Itoa(code), in.URL.Path, time.Since(started))
	}
	p.log(in, code, size, started, attempts)
}

func (p *proxy) ask(ctx context.Context, one *backend, in *http.Request) (*http.Response, error) {
	request := in.Clone(ctx)
	request.URL.Scheme, request.URL.Host, request.RequestURI = "http", one.address, ""
	request.Header.Del("Connection")
	return p.transport.RoundTrip(request)
}

// relay copies an answer and gives the size of its body.
func relay(out http.ResponseWriter, response *http.Response) int64 {
	defer response.Body.Close()
	for name, values := range response.Header {
		if name != "Connection" {
			out.Header()[name] = values
		}
	}
	out.WriteHeader(response.StatusCode)
	size, _ := io.Copy(out, response.Body)
	return size
}

func codeOf(err error) int {
	switch {
	case errors.Is(err, context.Canceled):
		return 499 // as nginx: the client went away
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	default:
		return http.StatusBadGateway
	}
}

// log writes nginx' combined format with
// $request_time $upstream_addr $upstream_response_time behind it.
func (p *proxy) log(in *http.Request, code int, size int64, started time.Time, attempts []attempt) {
	addresses, times := []string{}, []string{}
	for _, one := range attempts {
		addresses = append(addresses, one.address)
		times = append(times, fmt.Sprintf("%.3f", one.took.Seconds()))
	}
	if len(attempts) == 0 {
		addresses, times = []string{"-"}, []string{"-"}
	}
	client, _, _ := net.SplitHostPort(in.RemoteAddr)
	agent := in.UserAgent()
	if agent == "" {
		agent = "-"
	}
	now := time.Now()
	p.logMutex.Lock()
	defer p.logMutex.Unlock()
	fmt.Fprintf(p.accessLog, "%s - - [%s] \"%s %s %s\" %d %d \"-\" %q %.3f %s %s\n", client,
		now.Format("02/Jan/2006:15:04:05 -0700"), in.Method, in.URL.RequestURI(), in.Proto, code,
		size, agent, now.Sub(started).Seconds(), strings.Join(addresses, ", "),
		strings.Join(times, ", "))
}
