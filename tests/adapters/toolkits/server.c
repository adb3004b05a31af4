/* A vendor's service in C: made by gSOAP from its WSDL, for both versions of SOAP. Prints its port. */
#include "soapH.h"
#include "CaseExchangeSoap.nsmap"
#include <netinet/in.h>

static int take(struct soap *soap, struct ns2__Step *step, struct ns1__Answer *answer) {
    if (step->ItemCode) {
        struct _ns2__InvalidCase *fault = soap_malloc(soap, sizeof *fault);
        memset(fault, 0, sizeof *fault);
        fault->Code = 17;
        fault->Message = "事项不存在";
        soap_sender_fault(soap, "事项不存在", NULL);
        struct SOAP_ENV__Detail *detail = soap_malloc(soap, sizeof *detail);
        memset(detail, 0, sizeof *detail);
        detail->ns2__InvalidCase = fault;
        *(soap->version == 2 ? &soap->fault->SOAP_ENV__Detail : &soap->fault->detail) = detail;
        return SOAP_FAULT;
    }
    answer->Receipt = soap_malloc(soap, sizeof *answer->Receipt);
    memset(answer->Receipt, 0, sizeof *answer->Receipt);
    answer->Receipt->Message = step->ItemName;
    answer->Receipt->CaseNo = step->Operator->Name;
    return SOAP_OK;
}

int __ns1__SubmitStep(struct soap *soap, struct _ns1__SubmitStep *call, struct ns1__Answer *answer) { return take(soap, call->record, answer); }
int __ns1__SubmitStep_(struct soap *soap, struct _ns1__SubmitStep *call, struct ns1__Answer *answer) { return take(soap, call->record, answer); }

#define UNKNOWN(operation, called) \
    int __ns1__##called(struct soap *soap, struct _ns1__##operation *call, struct ns1__Answer *answer) { \
        (void)call; \
        (void)answer; \
        return soap_sender_fault(soap, "not served", NULL); \
    }
UNKNOWN(SubmitApplication, SubmitApplication) UNKNOWN(SubmitApplication, SubmitApplication_)
UNKNOWN(SubmitAcceptance, SubmitAcceptance) UNKNOWN(SubmitAcceptance, SubmitAcceptance_)
UNKNOWN(SubmitFinish, SubmitFinish) UNKNOWN(SubmitFinish, SubmitFinish_)
UNKNOWN(QueryCase, QueryCase) UNKNOWN(QueryCase, QueryCase_)

int main(void) {
    struct soap *soap = soap_new1(SOAP_C_UTFSTRING);
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 10))) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    getsockname(soap->master, (struct sockaddr *)&at, &length);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    while (soap_valid_socket(soap_accept(soap))) {
        soap_serve(soap);
        soap_destroy(soap);
        soap_end(soap);
    }
    return 0;
}
