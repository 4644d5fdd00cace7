#pragma once
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

typedef size_t (*raw_receiver)(char *bytes, size_t size, size_t count, void *context);

/// Sets up one request on a handle that is used again and again.
static inline void raw_prepare(CURL *easy, const char *method, const char *url, const char *body, struct curl_slist *headers,
                               raw_receiver receiver, void *context) {
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receiver);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}
