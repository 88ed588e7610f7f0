// Servers with net/http/pprof that do what a capture meets outside: one a process, chosen by -mode.
//
// The first line on standard output is where it listens. In -folder are its socket, its certificates, and requests.log with
// a line for each request when it comes and one when it has ended.
package main

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	runtimepprof "runtime/pprof"
	"strings"
	"sync"
	"time"
)

var (
	mode   = flag.String("mode", "pprof", "what it does")
	folder = flag.String("folder", ".", "where its files are")
	to     = flag.String("to", "", "where it redirects to")
)

func main() {
	flag.Parse()
	runtimepprof.NewProfile("shop.pool").Add(new(int), 0)
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: logged(handler()), ErrorLog: log.New(io.Discard, "", 0)}
	if *mode == "short" || *mode == "wrapped" {
		server.WriteTimeout = time.Second
	}
	if strings.HasPrefix(*mode, "tls") {
		server.TLSConfig = config()
	}
	// Whoever reads it may connect at once.
	fmt.Println(listener.Addr())
	if server.TLSConfig != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	log.Fatal(err)
}

func listen() (net.Listener, error) {
	if *mode == "unix" {
		return net.Listen("unix", filepath.Join(*folder, "app.sock"))
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

func handler() http.Handler {
	all := http.DefaultServeMux
	switch *mode {
	case "bare":
		return http.NewServeMux()
	case "forgotten":
		// Handlers set by hand, and those of CPU profile and trace forgotten.
		mux := http.NewServeMux()
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		return mux
	case "no-index":
		mux := http.NewServeMux()
		mux.Handle("/debug/pprof/heap", pprof.Handler("heap"))
		return mux
	case "elsewhere":
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = strings.Replace(r.URL.Path, "/admin/", "/debug/", 1)
			all.ServeHTTP(w, r)
		})
	case "wrapped":
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			all.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
		})
	case "limited":
		return http.TimeoutHandler(all, 500*time.Millisecond, "too slow")
	case "login":
		return http.HandlerFunc(login)
	case "forbidden":
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "not for you", http.StatusForbidden)
		})
	case "page":
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "<!DOCTYPE html><html><body>a shop</body></html>")
		})
	case "gzip":
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			defer packed.Close()
			all.ServeHTTP(packedWriter{w, packed}, r)
		})
	case "moved":
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, *to, http.StatusFound)
		})
	}
	return all
}

// login lets in whoever has one of three keys.
func login(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	switch {
	case user == "dev" && password == "s3cret",
		r.Header.Get("Authorization") == "Bearer s3cret",
		r.Header.Get("X-Token") == "s3cret":
		http.DefaultServeMux.ServeHTTP(w, r)
	default:
		w.Header().Set("WWW-Authenticate", `Basic realm="ops"`)
		http.Error(w, "who are you?", http.StatusUnauthorized)
	}
}

// A packedWriter is what compressing middleware puts around an answer.
type packedWriter struct {
	http.ResponseWriter
	packed *gzip.Writer
}

func (w packedWriter) Write(p []byte) (int, error) {
	w.Header().Del("Content-Length")
	return w.packed.Write(p)
}

// logged writes requests down.
func logged(h http.Handler) http.Handler {
	file, err := os.OpenFile(filepath.Join(*folder, "requests.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	var mu sync.Mutex
	write := func(format string, arguments ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(file, format+"\n", arguments...)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret := r.Header.Get("Authorization") + r.Header.Get("X-Token")
		write("%s %s %s %q", r.Method, r.URL, r.Host, secret)
		h.ServeHTTP(w, r)
		write("end %s", r.URL.Path)
	})
}

// config makes an authority and what it signs; the authority and a client's certificate go into the folder.
func config() *tls.Config {
	authorityKey, authority := certificate("authority", nil, nil, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	})
	key, server := certificate("server", authority, authorityKey, func(c *x509.Certificate) {
		switch *mode {
		case "tls-old":
			c.NotBefore, c.NotAfter = time.Unix(1e9, 0), time.Unix(1.1e9, 0)
			c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		case "tls-name":
			c.DNSNames = []string{"shop.example"}
		default:
			c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		}
	})
	clientKey, client := certificate("client", authority, authorityKey, func(*x509.Certificate) {})
	der, err := x509.MarshalECPrivateKey(clientKey)
	if err != nil {
		log.Fatal(err)
	}
	save("ca.pem", "CERTIFICATE", authority.Raw)
	save("client.pem", "CERTIFICATE", client.Raw)
	save("client.key", "EC PRIVATE KEY", der)
	known := x509.NewCertPool()
	known.AddCert(authority)
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.Raw}, PrivateKey: key}},
		ClientCAs:    known,
	}
	if *mode == "tls-client" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config
}

func certificate(name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, change func(*x509.Certificate)) (*ecdsa.PrivateKey, *x509.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	change(template)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		log.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	return key, made
}

func save(name, kind string, der []byte) {
	content := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(filepath.Join(*folder, name), content, 0o600); err != nil {
		log.Fatal(err)
	}
}
