package locks

import "testing"

func TestTwinName(t *testing.T) {
	for name, want := range map[string]string{
		"Get": "getLocked", "get": "getLocked", "ID": "idLocked", "JWTBundle": "jwtBundleLocked", "X509Bundle": "x509BundleLocked", "ServeHTTP": "serveHTTPLocked",
	} {
		if got := twinName(name); got != want {
			t.Errorf("twinName(%s) = %s, want %s", name, got, want)
		}
	}
}
