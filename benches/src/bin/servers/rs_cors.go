// A server with rs/cors, or without a layer. The origins are lines of the standard input; without a line, there is no
// layer.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/rs/cors"
)

func main() {
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
	})
	var origins []string
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		origins = append(origins, lines.Text())
	}
	if len(origins) > 0 {
		handler = cors.New(cors.Options{AllowedOrigins: origins}).Handler(handler)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	panic(http.Serve(listener, handler))
}
