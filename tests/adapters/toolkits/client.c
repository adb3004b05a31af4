/* A vendor's client in C: made by gSOAP from our WSDL, for both versions of SOAP. Arguments: address, the key for it, a text. */
#include "soapH.h"
#include "CaseExchangeSoap.nsmap"

static int submit(struct soap *soap, const char *address, const char *key, struct ns2__Step *step) {
    struct _ns1__SubmitStep call = {step};
    struct ns1__Answer answer = {0};
    soap->http_extra_header = key; /* for one call */
    if (soap_call___ns1__SubmitStep(soap, address, NULL, &call, &answer) == SOAP_OK) {
        printf("%d %s\n", answer.Receipt->Code, answer.Receipt->Message);
        return 0;
    }
    struct SOAP_ENV__Detail *detail = !soap->fault ? NULL : soap->version == 2 ? soap->fault->SOAP_ENV__Detail : soap->fault->detail;
    if (!detail || !detail->ns2__InvalidCase) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    printf("%s / %d %s\n", *soap_faultstring(soap), detail->ns2__InvalidCase->Code, detail->ns2__InvalidCase->Message);
    return 0;
}

int main(int count, char **given) {
    struct soap *soap = soap_new1(SOAP_C_UTFSTRING);
    struct ns2__Operator operator = {"张三"};
    struct ns2__Step step = {0};
    char name[200];
    char key[200];
    (void)count;
    snprintf(key, sizeof key, "X-Guantong-Key: %s", given[2]);
    snprintf(name, sizeof name, "<设立> & %s", given[3]);
    step.version = "1";
    step.ApplyNo = "10000010100699301411407150001";
    step.ItemName = name;
    step.Operator = &operator;
    step.StepCode = "1";
    step.StepTime = 1405391400; /* 2014-07-15T02:30:00Z */
    for (short version = 1; version <= 2; version++) {
        soap_set_version(soap, version);
        if (submit(soap, given[1], key, &step) || submit(soap, given[1], key, &step)) {
            return 1;
        }
    }
    return 0;
}
