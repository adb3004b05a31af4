import county.*;
import java.io.*;
import java.net.URL;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPMessage;
import javax.xml.ws.*;
import javax.xml.ws.handler.*;
import javax.xml.ws.handler.soap.*;
import javax.xml.ws.soap.SOAPFaultException;
import org.apache.ws.security.*;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.message.*;
import org.w3c.dom.Document;

/** A vendor's client: made by wsimport (JAX-WS RI) from our WSDL, secured by WSS4J. Arguments: address, how the certificate is named, a text. */
public class MetroClient {
    static final int[] HOW = {WSConstants.BST_DIRECT_REFERENCE, WSConstants.ISSUER_SERIAL, WSConstants.THUMBPRINT_IDENTIFIER, WSConstants.SKI_KEY_IDENTIFIER};
    static String signature;

    public static void main(String[] given) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        Merlin crypto = keys();
        CaseExchange port = new CaseExchange_Service(new URL(given[0] + "?wsdl")).getCaseExchangeSoap();
        ((BindingProvider) port).getBinding().setHandlerChain(Collections.<Handler>singletonList(new Secures(crypto, HOW[Integer.parseInt(given[1])], out)));
        Step step = new Step();
        step.setVersion(java.math.BigInteger.ONE);
        step.setApplyNo("10000010100699301411407150001");
        step.setItemName("<设立> & " + given[2]);
        Operator operator = new Operator();
        operator.setName("张三");
        step.setOperator(operator);
        step.setStepCode("1");
        step.setStepTime(javax.xml.datatype.DatatypeFactory.newInstance().newXMLGregorianCalendar("2014-07-15T10:30:00+08:00"));
        Receipt receipt = port.submitStep(step);
        out.println(receipt.getCode() + " " + receipt.getMessage());
        try {
            port.submitStep(step);
        } catch (InvalidCase_Exception fault) {
            out.println(fault.getMessage() + " / " + fault.getFaultInfo().getCode() + " " + fault.getFaultInfo().getMessage());
        }
    }

    static Merlin keys() throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        String pem = new String(Files.readAllBytes(Paths.get("their.key")), "ASCII").replaceAll("-----[^-]*-----|\\s", "");
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        java.security.cert.Certificate their = factory.generateCertificate(Files.newInputStream(Paths.get("their.pem")));
        store.setKeyEntry("their", key, "pass".toCharArray(), new java.security.cert.Certificate[] {their});
        store.setCertificateEntry("hub", factory.generateCertificate(Files.newInputStream(Paths.get("hub.pem"))));
        Merlin crypto = new Merlin();
        crypto.setKeyStore(store);
        return crypto;
    }

    /** The message as a document that WSS4J can work on: since Java 9, SAAJ's own nodes are none. */
    static Document plain(SOAPMessage message) throws Exception {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        message.setProperty(SOAPMessage.CHARACTER_SET_ENCODING, "UTF-8");
        message.writeTo(written);
        javax.xml.parsers.DocumentBuilderFactory factory = javax.xml.parsers.DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(written.toByteArray()));
    }

    static class Secures implements SOAPHandler<SOAPMessageContext> {
        final Merlin crypto; final int how; final PrintStream out;
        Secures(Merlin crypto, int how, PrintStream out) { this.crypto = crypto; this.how = how; this.out = out; }
        public Set<QName> getHeaders() { return Collections.singleton(new QName(WSConstants.WSSE_NS, "Security")); }
        public void close(MessageContext context) { }
        public boolean handleFault(SOAPMessageContext context) { return handleMessage(context); }
        public boolean handleMessage(SOAPMessageContext context) {
            try {
                SOAPMessage message = context.getMessage();
                Document document = plain(message);
                if ((Boolean) context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY)) {
                    WSSecHeader header = new WSSecHeader();
                    header.insertSecurityHeader(document);
                    WSSecUsernameToken token = new WSSecUsernameToken();
                    token.setPasswordType(WSConstants.PASSWORD_DIGEST);
                    token.setUserInfo("guantong", "p<&w");
                    token.build(document, header);
                    WSSecTimestamp stamp = new WSSecTimestamp();
                    stamp.build(document, header);
                    WSSecSignature signs = new WSSecSignature();
                    signs.setUserInfo("their", "pass");
                    signs.setKeyIdentifierType(how);
                    signs.setSignatureAlgorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
                    signs.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
                    signs.setParts(Arrays.asList(
                        new WSEncryptionPart("Body", document.getDocumentElement().getNamespaceURI(), ""),
                        new WSEncryptionPart("Timestamp", WSConstants.WSU_NS, "")));
                    signs.build(document, crypto, header);
                    signature = Base64.getEncoder().encodeToString(signs.getSignatureValue());
                    message.getSOAPPart().setContent(new javax.xml.transform.dom.DOMSource(document));
                    message.saveChanges();
                } else {
                    List<WSSecurityEngineResult> found = new WSSecurityEngine().processSecurityHeader(document, null, null, crypto);
                    List<String> said = new ArrayList<String>();
                    for (WSSecurityEngineResult one : found) {
                        int action = (Integer) one.get(WSSecurityEngineResult.TAG_ACTION);
                        if (action == WSConstants.SIGN) {
                            List<?> parts = (List<?>) one.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
                            said.add("signed " + parts.size());
                        }
                        if (action == WSConstants.SC) {
                            org.apache.ws.security.message.token.SignatureConfirmation confirmed =
                                (org.apache.ws.security.message.token.SignatureConfirmation) one.get(WSSecurityEngineResult.TAG_SIGNATURE_CONFIRMATION);
                            said.add("confirmed " + Base64.getEncoder().encodeToString(confirmed.getSignatureValue()).equals(signature));
                        }
                    }
                    out.println(String.join(", ", said));
                }
                return true;
            } catch (Exception error) {
                throw new RuntimeException(error);
            }
        }
    }
}
